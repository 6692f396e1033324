package io.github.pgkill.job.lockout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How {@code auto} closes a database, and when closing it is refused. */
@Tag("core")
class ClosingPolicyTest {

  private static final TestServer SERVER = TestServer.shared();

  private String name;
  private String owner;
  private String other;
  private StubbornClients clients;

  @BeforeEach
  void create() throws SQLException {
    name = SERVER.createDatabase();
    owner = SERVER.createRole("login in role pg_signal_backend, pg_read_all_stats");
    other = SERVER.createRole("login");
    SERVER.execute("alter database " + name + " owner to " + owner);
    clients = StubbornClients.of(SERVER, name);
  }

  @AfterEach
  void openAndLeave() throws SQLException {
    LockoutJob.on(SERVER, name).end();
    clients.close();
  }

  @ParameterizedTest
  @CsvSource({
    "postgres, ordinary, IMMEDIATELY, , revoke",
    "postgres, ordinary, BUILD_END, , revoke",
    "postgres, owner, IMMEDIATELY, , revoke",
    "owner, owner, IMMEDIATELY, , connection-limit",
    "owner, owner, BUILD_END, , revoke !",
    "owner, owner, IMMEDIATELY, other, revoke !",
    "owner, member, IMMEDIATELY, , connection-limit",
    "owner, member, BUILD_END, , revoke !",
    "postgres, superuser, IMMEDIATELY, , allow-connections",
    "postgres, superuser, BUILD_END, , revoke !",
    "postgres, superuser, NEVER, , revoke !",
    "postgres, superuser, IMMEDIATELY, other, revoke !",
    "postgres, admitted, IMMEDIATELY, other, revoke !",
    "postgres, monitor, IMMEDIATELY, , connection-limit"
  })
  void autoTakesTheWeakestWayThatStopsEveryVictim(
      String us, String victim, Reopen reopen, String admitted, String expected)
      throws SQLException {
    String role =
        switch (victim) {
          case "owner" -> owner;
          case "member" -> SERVER.createRole("login in role " + owner);
          case "superuser" -> TestServer.SUPERUSER;
          case "monitor" -> SERVER.createRole("login in role pg_monitor");
          case "admitted" -> SERVER.createRole("login in role " + other);
          default -> other;
        };
    clients.as(role, "app").idle();
    LockoutJob job =
        LockoutJob.on(SERVER, name).as(us.equals("owner") ? owner : us).reopen(reopen).dryRun();
    if (admitted != null) {
      job.admit(other);
    }
    List<String> before = AccessState.of(SERVER, name);
    Termination rehearsed = job.terminate();
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
    String closing = rehearsed.statements().get(0);
    String word = expected.replace(" !", "");
    assertThat(closing)
        .contains(
            switch (word) {
              case "revoke" -> "CONNECT ON DATABASE";
              case "connection-limit" -> "CONNECTION LIMIT 0";
              default -> "ALLOW_CONNECTIONS false";
            })
        .contains("-- undo: ");
    if (expected.endsWith("!")) {
      assertThat(job.said()).contains("revoking CONNECT does not stop " + role);
    } else {
      assertThat(job.said()).doesNotContain("revoking CONNECT does not stop");
    }
  }

  @Test
  void aDryRunOfRevokeConnectPrintsTheUndoToo() throws SQLException {
    List<String> before = AccessState.of(SERVER, name);
    LockoutJob job = LockoutJob.on(SERVER, name).with(CloseWith.REVOKE).dryRun();
    job.revoke();
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
    assertThat(job.said())
        .contains("FROM PUBLIC;  -- undo: GRANT CONNECT ON DATABASE \"" + name + "\" TO PUBLIC;");
    assertThat(BuildLockouts.isEmpty()).isTrue();
  }

  @Test
  void theDryRunsUndoIsRightForAFlagThatWasFalse() throws SQLException {
    SERVER.execute("alter database " + name + " allow_connections false");
    LockoutJob job = LockoutJob.on(SERVER, name).with(CloseWith.ALLOW_CONNECTIONS).dryRun();
    job.revoke();
    assertThat(job.said())
        .contains("-- undo: ALTER DATABASE \"" + name + "\" ALLOW_CONNECTIONS false");
  }

  @Test
  void aRoleThatMayNotCloseWorksOpenUnlessClosingWasAskedFor() throws SQLException {
    String signaller = SERVER.createRole("login in role pg_signal_backend, pg_read_all_stats");
    StubbornClients.Client victim = clients.as(other, "app").idle();
    List<String> before = AccessState.of(SERVER, name);
    LockoutJob job = LockoutJob.on(SERVER, name).as(signaller).reopen(Reopen.IMMEDIATELY);
    job.terminate();
    assertThat(job.said()).contains("role " + signaller + " may not close database " + name);
    assertThat(victim.alive()).isFalse();

    StubbornClients.Client spared = clients.as(other, "app").idle();
    LockoutJob explicit =
        LockoutJob.on(SERVER, name).as(signaller).reopen(Reopen.IMMEDIATELY).with(CloseWith.REVOKE);
    assertThatThrownBy(explicit::terminate)
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("may not close database " + name);
    assertThatThrownBy(LockoutJob.on(SERVER, name).as(signaller)::revoke)
        .isInstanceOf(PgkillFailure.class);
    assertThat(spared.alive()).isTrue();
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
  }

  @Test
  void aGrantorForWhomWeMayNotActIsNamed() throws SQLException {
    SERVER.execute("grant connect on database " + name + " to " + other + " with grant option");
    SERVER.execute("set role " + other + "; grant connect on database " + name + " to public");
    clients.as(SERVER.createRole("login"), "app").idle();
    List<String> before = AccessState.of(SERVER, name);
    LockoutJob job = LockoutJob.on(SERVER, name).as(owner);
    assertThatThrownBy(job.with(CloseWith.REVOKE)::revoke)
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("PUBLIC would still get in")
        .hasMessageContaining(other);
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
    assertThat(BuildLockouts.isEmpty()).isTrue();
  }

  @Test
  void replicationIsNotStoppedWithoutConsent() throws SQLException {
    String slot = "slot_" + name;
    try (var connection = SERVER.connect(name, TestServer.SUPERUSER);
        var statement = connection.createStatement()) {
      statement.execute("select pg_create_logical_replication_slot('" + slot + "', 'pgoutput')");
    }
    try {
      List<String> before = AccessState.of(SERVER, name);
      assertThatThrownBy(LockoutJob.on(SERVER, name)::revoke)
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("slot " + slot);
      assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
      LockoutJob job = LockoutJob.on(SERVER, name).affectReplication();
      job.revoke();
      assertThat(job.said())
          .contains("takes part in logical replication (slot " + slot + ")")
          .contains("was not touched");
      job.end();
      assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
    } finally {
      SERVER.query("select pg_drop_replication_slot(?)", slot);
    }
  }

  @Test
  void aSubscriptionCountsAsReplication() throws SQLException {
    SERVER.execute(
        name,
        "create subscription sub_"
            + name
            + " connection 'dbname=nowhere' publication p with (connect = false)");
    assertThatThrownBy(LockoutJob.on(SERVER, name)::revoke)
        .hasMessageContaining("subscription sub_" + name);
    SERVER.execute(name, "alter subscription sub_" + name + " set (slot_name = none)");
    SERVER.execute(name, "drop subscription sub_" + name);
  }

  @Test
  void allowConnectionsFromInsideIsRefused() throws SQLException {
    List<String> before = AccessState.of(SERVER, name);
    LockoutJob job =
        LockoutJob.on(SERVER, name)
            .from(name)
            .with(CloseWith.ALLOW_CONNECTIONS)
            .reopen(Reopen.NEVER);
    assertThatThrownBy(job::revoke)
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("from inside database " + name);
    assertThatThrownBy(LockoutJob.on(SERVER, name).from(name, "template1")::revoke)
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("cannot be held from template1");
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
  }

  @Test
  void whateverFailsTheDatabaseIsOpenAfterwards() throws SQLException {
    List<String> before = AccessState.of(SERVER, name);
    clients.as(TestServer.SUPERUSER, "app").idle();
    String weak = SERVER.createRole("login in role pg_read_all_stats, " + owner);
    for (Reopen reopen : Reopen.values()) {
      Termination termination =
          LockoutJob.on(SERVER, name)
              .as(weak)
              .reopen(reopen)
              .timeout(Duration.ofMillis(300))
              .terminate();
      assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.FAILURE);
      assertThat(AccessState.of(SERVER, name)).as(reopen.name()).isEqualTo(before);
      assertThat(BuildLockouts.isEmpty()).isTrue();
    }
  }
}
