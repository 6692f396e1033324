package io.github.pgkill.job.drop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.failure.StillDropping;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.RecordedConsole;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
final class DropDatabaseTest {

  private static final int ROUNDS = Integer.getInteger("pgkill.rounds", 3);

  /** Asks role {@code prompted} for a password, which it never gets. */
  private static final TestServer SERVER =
      TestServer.start(Map.of(), List.of("host all prompted 127.0.0.1/32 scram-sha-256"));

  private static final String DOOR =
      "select concat_ws('|', datallowconn, datconnlimit,"
          + " (select string_agg(e::text, ' ' order by e::text)"
          + " from aclexplode(coalesce(datacl, acldefault('d', datdba))) e), datistemplate,"
          + " shobj_description(oid, 'pg_database')) from pg_database where datname = ?";

  private static final String DROPPING =
      "select 1 from pg_stat_activity"
          + " where query like 'DROP DATABASE%' and wait_event = 'ProcSignalBarrier'";

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ordinary", "owner", "superuser"})
  void dropsUnderAStormOfReconnectingClients(String kind) throws SQLException {
    for (int round = 1; round <= ROUNDS; round++) {
      String database = SERVER.createDatabase();
      String role = SERVER.createRole(kind.equals("superuser") ? "superuser login" : "login");
      if (kind.equals("owner")) {
        SERVER.execute("alter database " + database + " owner to " + role);
      }
      try (StubbornClients clients = StubbornClients.of(SERVER, database).as(role, "pool")) {
        clients.idleInTransaction();
        clients.storm(20);
        Termination dropped = DropJobs.on(SERVER, database).drop();
        assertThat(dropped.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
        assertThat(dropped.results()).hasSizeGreaterThanOrEqualTo(21);
        assertGone(database);
      }
    }
  }

  @Test
  void theOwnerNeedsNoMoreThanTheRightToEndTheSessions() throws SQLException {
    String role = SERVER.createRole("login");
    String database = ownedBy(role);
    try (StubbornClients clients = StubbornClients.of(SERVER, database).as(role, "pool")) {
      clients.active();
      DropJobs.on(SERVER, database).as(role).drop();
      assertGone(database);
    }
  }

  @Test
  void aMissingDatabaseIsAFailureOrAJobDone() {
    assertThatThrownBy(() -> DropJobs.on(SERVER, "never_was").drop())
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("no database never_was");
    assertThat(DropJobs.on(SERVER, "never_was").missingIsFine().drop().verdict().summary())
        .contains("no database never_was to drop");
  }

  @Test
  void aProtectedDatabaseIsNeverDropped() throws SQLException {
    String database = SERVER.createDatabase();
    for (String name : List.of("postgres", "template1")) {
      assertThatThrownBy(() -> DropJobs.on(SERVER, name).through("template1", "postgres").drop())
          .isInstanceOf(GuardRefusal.class)
          .hasMessageContaining("never dropped");
    }
    assertThatThrownBy(() -> DropJobs.on(SERVER, database).protectedDatabases(database).drop())
        .isInstanceOf(GuardRefusal.class);
    assertThatThrownBy(() -> DropJobs.on(SERVER, database).through(database).drop())
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("from within");
    assertThere(database);
  }

  @Test
  void confirmingNamesTheDatabaseAgain() throws SQLException {
    String database = SERVER.createDatabase();
    String identifier =
        SERVER.query("select system_identifier::text from pg_control_system()").get(0);
    assertThatThrownBy(() -> DropJobs.on(SERVER, database).confirm("another").drop())
        .isInstanceOf(InvalidParameter.class);
    assertThatThrownBy(() -> DropJobs.on(SERVER, database).allowedServers(identifier).drop())
        .isInstanceOf(GuardRefusal.class)
        .satisfies(e -> assertThat(remedy(e)).contains("-Dpgkill.confirm=" + database));
    assertThere(database);
    DropJobs.on(SERVER, database).allowedServers(identifier).confirm(database).drop();
    assertGone(database);
  }

  @Test
  void aRoleThatIsNotTheOwnerTouchesNobody() throws SQLException {
    String role = SERVER.createRole("login in role pg_signal_backend, pg_read_all_stats");
    String database = SERVER.createDatabase();
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      StubbornClients.Client client = clients.idle();
      assertThatThrownBy(() -> DropJobs.on(SERVER, database).as(role).drop())
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("neither its owner nor a superuser");
      assertThat(client.alive()).isTrue();
    }
  }

  @Test
  void aSessionThatMayNotBeEndedLeavesTheDatabaseAsItWas() throws SQLException {
    String role = SERVER.createRole("login");
    String database = ownedBy(role);
    SERVER.execute("comment on database " + database + " is 'precious'");
    List<String> before = SERVER.query(DOOR, database);
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      StubbornClients.Client client = clients.idle();
      DropJobs job = DropJobs.on(SERVER, database).as(role).timeout(Duration.ofSeconds(2));
      assertThatThrownBy(job::drop)
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("may not be ended by this role");
      assertThat(client.alive()).isTrue();
      assertThat(SERVER.query(DOOR, database)).isEqualTo(before);
      assertThat(job.said()).doesNotContain("closed to new connections");
    }
  }

  @Test
  void aBackupIsNotInterrupted() throws SQLException {
    String database = SERVER.createDatabase();
    try (StubbornClients clients =
        StubbornClients.of(SERVER, database).as(TestServer.SUPERUSER, "pg_dump")) {
      StubbornClients.Client dump = clients.idle();
      assertThatThrownBy(() -> DropJobs.on(SERVER, database).drop())
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("backup tool");
      assertThat(dump.alive()).isTrue();
    }
  }

  @Test
  void preparedTransactionsAreNamedWithTheStatementThatEndsThem() throws SQLException {
    String database = SERVER.createDatabase();
    SERVER.execute(database, "begin; create table t (); prepare transaction 'branch''1'");
    PgkillFailure refusal =
        catchThrowableOfType(PgkillFailure.class, () -> DropJobs.on(SERVER, database).drop());
    assertThat(refusal).hasMessageContaining("prepared transaction 'branch''1' of role postgres");
    SERVER.execute(database, remedy(refusal).replaceAll(".*(ROLLBACK PREPARED .*?);.*", "$1"));
    DropJobs.on(SERVER, database).drop();
    assertGone(database);
  }

  @Test
  void anIdleSlotVanishesOnlyWithConsent() throws SQLException {
    String database = SERVER.createDatabase();
    SERVER.execute(
        database, "select pg_create_logical_replication_slot('idle_slot', 'test_decoding')");
    assertThatThrownBy(() -> DropJobs.on(SERVER, database).drop())
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("slot idle_slot")
        .satisfies(e -> assertThat(remedy(e)).contains("affectReplication"));
    DropJobs.on(SERVER, database).affectReplication().drop();
    assertGone(database);
  }

  @Test
  void aSlotInUseAndASubscriptionStopTheGoalWithConsentToo() throws SQLException, IOException {
    String database = SERVER.createDatabase();
    SERVER.execute(
        database, "create subscription sub connection 'host=x' publication p with (connect=false)");
    assertThatThrownBy(() -> DropJobs.on(SERVER, database).affectReplication().drop())
        .hasMessageContaining("subscription sub")
        .satisfies(e -> assertThat(remedy(e)).contains("DROP SUBSCRIPTION \"sub\""));
    SERVER.execute(database, "alter subscription sub set (slot_name = none)");
    SERVER.execute(database, "drop subscription sub");
    try (Connection connection = SERVER.connect(database, TestServer.SUPERUSER);
        Statement statement = connection.createStatement()) {
      // a temporary slot is in use by the session that made it
      statement.execute(
          "select pg_create_logical_replication_slot('busy_slot', 'test_decoding', true)");
      assertThatThrownBy(() -> DropJobs.on(SERVER, database).affectReplication().drop())
          .hasMessageContaining("slot busy_slot, in use by pid")
          .satisfies(e -> assertThat(remedy(e)).contains("pg_drop_replication_slot"));
    }
    Eventually.within(20, () -> SERVER.query("select 1 from pg_replication_slots").isEmpty());
    DropJobs.on(SERVER, database).drop();
    assertGone(database);
  }

  @Test
  void aTemplateIsNotDroppedByAccident() throws SQLException {
    String database = SERVER.createDatabase();
    SERVER.execute("alter database " + database + " is_template true");
    assertThatThrownBy(() -> DropJobs.on(SERVER, database).drop())
        .hasMessageContaining("template")
        .satisfies(e -> assertThat(remedy(e)).contains("IS_TEMPLATE false"));
    SERVER.execute("alter database " + database + " is_template false");
    DropJobs.on(SERVER, database).drop();
  }

  @Test
  void anInvalidDatabaseCanBeDropped() throws SQLException {
    String database = SERVER.createDatabase();
    SERVER.execute("update pg_database set datconnlimit = -2 where datname = '" + database + "'");
    DropJobs job = DropJobs.on(SERVER, database);
    job.drop();
    assertThat(job.said()).contains("invalid");
    assertGone(database);
  }

  @Test
  void aDryRunPrintsTheStatementsInOrderAndChangesNothing() throws SQLException {
    String database = SERVER.createDatabase();
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      StubbornClients.Client client = clients.idle();
      Termination rehearsed = DropJobs.on(SERVER, database).dryRun().drop();
      assertThat(rehearsed.verdict().status()).isEqualTo(Verdict.Status.DRY_RUN);
      assertThat(rehearsed.statements()).hasSize(3);
      assertThat(rehearsed.statements().get(0))
          .contains("ALLOW_CONNECTIONS false", "undo: ALTER DATABASE");
      assertThat(rehearsed.statements().get(1)).contains("pg_terminate_backend");
      assertThat(rehearsed.statements().get(2)).startsWith("DROP DATABASE").contains("backup");
      assertThat(client.alive()).isTrue();
    }
    assertThere(database);
  }

  @Test
  void aSuperuserEndsAClientThatHangsAtThePasswordPrompt() throws SQLException, IOException {
    assumeTrue(SERVER.major() >= 15);
    String database = SERVER.createDatabase();
    promptedRole();
    try (Socket hanging = startLogin("postgres")) {
      DropJobs job = DropJobs.on(SERVER, database);
      job.drop();
      assertGone(database);
      assertThat(job.said()).contains("hung while logging in");
      assertThat(hanging.isConnected()).isTrue();
    }
  }

  @Test
  void anOwnerIsToldOfTheClientAtThePasswordPromptBeforeAnythingHappens()
      throws SQLException, IOException {
    assumeTrue(SERVER.major() >= 15);
    String role = SERVER.createRole("login");
    String database = ownedBy(role);
    promptedRole();
    List<String> before = SERVER.query(DOOR, database);
    try (Socket hanging = startLogin("postgres")) {
      assertThat(hanging.isConnected()).isTrue();
      assertThatThrownBy(
              () -> DropJobs.on(SERVER, database).as(role).timeout(Duration.ofSeconds(2)).drop())
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("while logging in (process")
          .satisfies(e -> assertThat(remedy(e)).contains("authentication_timeout"));
    }
    assertThat(SERVER.query(DOOR, database)).isEqualTo(before);
  }

  @Test
  void aDropThatTheServerHoldsUpIsLeftToFinish() throws SQLException {
    assumeTrue(SERVER.major() >= 15);
    String database = SERVER.createDatabase();
    try (StubbornClients elsewhere = StubbornClients.of(SERVER, "postgres")) {
      StubbornClients.Client stopped = elsewhere.idle();
      stopped.freeze();
      try {
        assertThatThrownBy(
                () -> DropJobs.on(SERVER, database).timeout(Duration.ofSeconds(3)).drop())
            .isInstanceOf(StillDropping.class)
            .hasMessageContaining("IPC:ProcSignalBarrier")
            .hasMessageMatching("(?s).*process \\d+ waits.*")
            .hasMessageMatching(
                "(?s).*; still there: .*" + stopped.pid() + ".*\\. It is left to finish.*");
      } finally {
        stopped.thaw();
      }
      Eventually.within(30, () -> names(database).isEmpty());
    }
  }

  @Test
  void aLockThatSomebodyKeepsIsNamed() throws SQLException {
    String database = SERVER.createDatabase();
    DropJobs job = DropJobs.on(SERVER, database).timeout(Duration.ofSeconds(4));
    job.closeForTheBuild();
    try (Connection holder = SERVER.connect("postgres", TestServer.SUPERUSER);
        Statement statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      // unlike COMMENT, this does not stand in the way of ours, but of DROP
      statement.execute("alter role postgres in database " + database + " set work_mem to '1MB'");
      assertThatThrownBy(job::drop)
          .isInstanceOf(PgkillFailure.class)
          .hasMessageMatching(
              "(?s).*within 4s: pid \\d+ of postgres/.* has a lock on database " + database + ".*");
    } finally {
      BuildLockouts.openAll(new RecordedConsole(new ArrayList<>()));
    }
    assertThere(database);
  }

  @Test
  void aDropWhoseConnectionIsCutIsLookedUpOnTheServer() throws SQLException {
    assumeTrue(SERVER.major() >= 15);
    String database = SERVER.createDatabase();
    DropJobs job = DropJobs.on(SERVER, database);
    try (StubbornClients elsewhere = StubbornClients.of(SERVER, "postgres")) {
      StubbornClients.Client stopped = elsewhere.idle();
      stopped.freeze();
      CompletableFuture<String> dropped =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return job.drop().verdict().summary();
                } catch (PgkillException e) {
                  return String.valueOf(e.getMessage());
                }
              });
      try {
        Eventually.within(30, () -> !SERVER.query(DROPPING).isEmpty());
        SERVER.query(DROPPING.replace("select 1", "select pg_terminate_backend(pid)"));
      } finally {
        stopped.thaw();
      }
      // interrupted past the point of no return: it is invalid, and the goal does not claim more
      assertThat(dropped.join()).contains("connection to the server was lost");
    }
    DropJobs.on(SERVER, database).drop();
    assertGone(database);
  }

  private static String ownedBy(String role) throws SQLException {
    String database = SERVER.createDatabase();
    SERVER.execute("alter database " + database + " owner to " + role);
    return database;
  }

  private static void promptedRole() throws SQLException {
    if (SERVER.query("select 1 from pg_roles where rolname = 'prompted'").isEmpty()) {
      SERVER.execute("create role prompted login password 'x'");
    }
  }

  /** Asks to log in and then says nothing more. */
  private static Socket startLogin(String database) throws IOException {
    byte[] parameters =
        ("user\0prompted\0database\0" + database + "\0\0").getBytes(StandardCharsets.UTF_8);
    Socket socket = new Socket("127.0.0.1", SERVER.port());
    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
    out.writeInt(8 + parameters.length);
    out.writeInt(196608);
    out.write(parameters);
    // the server asks for the password: from now on it waits
    assertThat(socket.getInputStream().read()).isEqualTo('R');
    return socket;
  }

  private static List<String> names(String database) throws SQLException {
    return SERVER.query("select datname from pg_database where datname = ?", database);
  }

  private static void assertGone(String database) throws SQLException {
    assertThat(names(database)).isEmpty();
  }

  private static void assertThere(String database) throws SQLException {
    assertThat(names(database)).hasSize(1);
  }

  private static String remedy(Throwable e) {
    return ((PgkillException) e).remedy().orElse("");
  }
}
