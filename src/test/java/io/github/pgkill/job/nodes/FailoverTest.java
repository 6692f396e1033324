package io.github.pgkill.job.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.lockout.LockoutJob;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.MovableForwarder;
import io.github.pgkill.testing.RecordedConsole;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.StubbornClients.Client;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The primary is lost in the middle, and one of the nodes takes its place. */
@Tag("slow")
class FailoverTest {

  private static final String HELD = "select count(*) from pg_locks where locktype = 'advisory'";
  private static final String APP = "app";

  private TestServer primary;
  private TestServer standby;
  private String identifier;
  private List<String> before;

  @BeforeEach
  void aCluster() throws SQLException {
    // what other classes in this JVM left to the end of the build, on servers that are gone
    BuildLockouts.openAll(new RecordedConsole(new ArrayList<>()));
    primary = TestServer.start(Map.of());
    primary.execute("create database app");
    standby = TestServer.standbyOf(primary);
    identifier = primary.query("select system_identifier::text from pg_control_system()").get(0);
    Eventually.within(30, () -> !primary.query("select 1 from pg_stat_replication").isEmpty());
    before = AccessState.of(primary, APP);
  }

  @AfterEach
  void nothingIsKept() {
    try {
      assertThat(BuildLockouts.isEmpty()).isTrue();
    } finally {
      standby.close();
      primary.close();
    }
  }

  @Test
  void theKeeperFollowsToTheNodeThatWasPromoted() throws SQLException {
    LockoutJob keeping = lockout();
    keeping.revoke();
    assertThat(AccessState.of(standby, APP)).isNotEqualTo(before);
    primary.stop();
    standby.promote();
    Eventually.within(30, () -> held(standby));
    assertThat(keeping.said()).contains("after a restart or a failover");

    keeping.end();

    assertThat(AccessState.of(standby, APP)).isEqualTo(before);
    assertThat(held(standby)).isFalse();
  }

  @Test
  void aGoalThatLosesItsPrimaryFailsAndLeavesTheSuccessorOpen() throws SQLException {
    AtomicBoolean lost = new AtomicBoolean();
    try (StubbornClients there = StubbornClients.of(standby, APP)) {
      Client reader = there.idle();
      TestJob job =
          job()
              .listener(
                  line -> {
                    if (line.contains("is closed to new connections") && !lost.getAndSet(true)) {
                      failOver();
                    }
                  });
      assertThatThrownBy(job::run).isInstanceOf(PgkillException.class);
      assertThat(lost).isTrue();
      assertThat(reader.alive()).isTrue();
    }
    assertThat(AccessState.of(standby, APP)).isEqualTo(before);
  }

  @Test
  void aGoalThatLosesANodeFailsAndLeavesThePrimaryAsItWas() throws SQLException {
    AtomicBoolean lost = new AtomicBoolean();
    try (StubbornClients here = StubbornClients.of(primary, APP)) {
      here.idle();
      TestJob job =
          job()
              .listener(
                  line -> {
                    if (line.contains("is closed to new connections") && !lost.getAndSet(true)) {
                      standby.stop();
                    }
                  });
      assertThatThrownBy(job::run)
          .isInstanceOf(PgkillException.class)
          .hasMessageContaining("the connection to node 127.0.0.1:" + standby.port() + " was lost");
    }
    assertThat(lost).isTrue();
    assertThat(AccessState.of(primary, APP)).isEqualTo(before);
    standby.resume();
    primary.awaitReplay(standby);
    assertThat(AccessState.of(standby, APP)).isEqualTo(before);
  }

  @Test
  void anOpeningThatWasLostWithThePrimaryIsMadeAgain() throws Exception {
    LockoutJob keeping = lockout();
    keeping.revoke();
    standby.execute("alter system set primary_conninfo = ''");
    standby.query("select pg_reload_conf()::text");
    Eventually.within(30, () -> standby.query("select 1 from pg_stat_wal_receiver").isEmpty());
    CompletableFuture<Void> end = CompletableFuture.runAsync(keeping::end);
    Eventually.within(30, () -> AccessState.of(primary, APP).equals(before));
    assertThat(AccessState.of(standby, APP)).isNotEqualTo(before);

    primary.stop();
    standby.promote();

    end.get(60, TimeUnit.SECONDS);
    assertThat(AccessState.of(standby, APP)).isEqualTo(before);
  }

  @Test
  void aBuildWithSeveralHostsThatEndsBeforeThePromotionWaitsForIt() throws Exception {
    LockoutJob keeping =
        LockoutJob.on(primary, APP)
            .at(primary.port(), standby.port())
            .with(CloseWith.CONNECTION_LIMIT)
            .allowing(identifier);
    keeping.revoke();
    primary.awaitReplay(standby);
    primary.stop();
    CompletableFuture<Void> end = CompletableFuture.runAsync(keeping::end);
    Eventually.within(
        30, () -> keeping.said().contains("waiting for a primary at one of the hosts"));

    standby.promote();

    end.get(60, TimeUnit.SECONDS);
    assertThat(AccessState.of(standby, APP)).isEqualTo(before);
  }

  @Test
  void aCloneOnTheSameTimelineIsNoSuccessor() throws SQLException {
    try (MovableForwarder forward = MovableForwarder.to(standby)) {
      LockoutJob keeping = lockout().nodesAt(forward.port());
      keeping.revoke();
      try (TestServer clone = TestServer.cloneOf(primary)) {
        // the copy interrupts the primary, which the keeper comes back to
        Eventually.within(30, () -> held(primary));
        primary.stop();
        forward.moveTo(clone);
        forward.cut();
        Eventually.within(30, () -> keeping.said().contains("does not bear the record"));
        assertThat(held(clone)).isFalse();
        assertThat(AccessState.of(clone, APP)).isNotEqualTo(before);
        primary.resume();
        Eventually.within(30, () -> held(primary));
        forward.moveTo(standby);
        keeping.end();
        assertThat(AccessState.of(primary, APP)).isEqualTo(before);
      }
    }
  }

  private TestJob job() {
    return TestJob.on(primary, APP)
        .connection(c -> c.nodes(standby))
        .rails(new GuardRails(List.of(), List.of(identifier), List.of(), List.of(), null))
        .closeWith(CloseWith.CONNECTION_LIMIT);
  }

  private LockoutJob lockout() {
    return LockoutJob.on(primary, APP)
        .with(CloseWith.CONNECTION_LIMIT)
        .allowing(identifier)
        .nodes(standby);
  }

  private void failOver() {
    try {
      primary.awaitReplay(standby);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    primary.stop();
    standby.promote();
  }

  private static boolean held(TestServer where) throws SQLException {
    return !where.query(HELD).equals(List.of("0"));
  }
}
