package io.github.pgkill.job.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.lockout.LockoutJob;
import io.github.pgkill.job.restart.RestartJob;
import io.github.pgkill.model.failure.AnotherServer;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.BackupJob;
import io.github.pgkill.testing.ClientPrograms;
import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.KillJob;
import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.MovableForwarder;
import io.github.pgkill.testing.Needs;
import io.github.pgkill.testing.RecordedConsole;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.StubbornClients.Client;
import io.github.pgkill.testing.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a build takes on one server while others are there that look like it: clones of the same
 * base backup, and standbys that are promoted meanwhile.
 */
@Tag("slow")
class SeveralServersTest {

  private static final String HELD = "select count(*) from pg_locks where locktype = 'advisory'";
  private static final String APP = "app";

  private TestServer server;
  private List<String> before;
  private LockoutJob job;

  @BeforeEach
  void aServer() throws SQLException {
    // what other classes in this JVM left to the end of the build, on servers that are gone
    BuildLockouts.openAll(new RecordedConsole(new ArrayList<>()));
    server = TestServer.start(Map.of());
    server.execute("create database app");
    before = AccessState.of(server, APP);
    job = LockoutJob.on(server, APP).with(CloseWith.CONNECTION_LIMIT);
  }

  @AfterEach
  void nothingIsKept() {
    try {
      assertThat(BuildLockouts.isEmpty()).isTrue();
    } finally {
      server.close();
    }
  }

  @Test
  void twoClonesInOneBuildAreBothClosedAndBothOpened() throws SQLException {
    try (TestServer clone = TestServer.cloneOf(server)) {
      LockoutJob other = LockoutJob.on(clone, APP).with(CloseWith.CONNECTION_LIMIT);
      job.revoke();
      other.revoke();
      assertThat(AccessState.of(server, APP)).isNotEqualTo(before);
      assertThat(AccessState.of(clone, APP)).isNotEqualTo(before);

      job.restore();
      assertThat(AccessState.of(server, APP)).isEqualTo(before);
      assertThat(AccessState.of(clone, APP)).isNotEqualTo(before);

      job.revoke();
      job.end();
      assertThat(AccessState.of(server, APP)).isEqualTo(before);
      assertThat(AccessState.of(clone, APP)).isEqualTo(before);
    }
  }

  @Test
  void whatIsKeptOnOneCloneIsNotOpenedOnTheOther() throws SQLException {
    try (TestServer clone = TestServer.cloneOf(server);
        MovableForwarder forward = MovableForwarder.to(server)) {
      LockoutJob first = LockoutJob.on(forward.port(), APP).with(CloseWith.CONNECTION_LIMIT);
      first.revoke();
      LockoutJob other = LockoutJob.on(clone, APP).with(CloseWith.CONNECTION_LIMIT);
      other.revoke();
      List<String> closed = AccessState.of(clone, APP);
      forward.moveTo(clone);
      forward.cut();
      Eventually.within(30, () -> first.said().contains("does not bear the record"));
      assertThat(AccessState.of(clone, APP)).isEqualTo(closed);
      assertThatThrownBy(other::end).hasMessageContaining("may still be closed on server");
      assertThat(AccessState.of(clone, APP)).isEqualTo(before);
      job.restore();
      assertThat(AccessState.of(server, APP)).isEqualTo(before);
    }
  }

  @Test
  void aRestartOfTheBuildsOwnLeavesItsLockoutOne() throws SQLException {
    job.revoke();
    RestartJob.on(server, APP).command(server.restartCommand()).affectOtherSessions().run();
    Eventually.within(20, () -> held(server));
    LockoutJob second = LockoutJob.on(server, APP).with(CloseWith.CONNECTION_LIMIT);
    second.revoke();
    second.restore();
    assertThat(second.said()).contains("still rely on it");
    assertThat(AccessState.of(server, APP)).isNotEqualTo(before);
    second.restore();
    assertThat(AccessState.of(server, APP)).isEqualTo(before);
  }

  @Test
  void aRestartThatEndsAtACloneIsNone() throws SQLException {
    try (TestServer clone = TestServer.cloneOf(server);
        MovableForwarder forward = MovableForwarder.to(server).movingTo(clone, 2);
        StubbornClients there = StubbornClients.of(clone, APP)) {
      Client bystander = there.idle();
      assertThatThrownBy(
              () ->
                  RestartJob.on(server, APP)
                      .connection(c -> c.at("127.0.0.1", forward.port()))
                      .command(List.of("true"))
                      .affectOtherSessions()
                      .run())
          .hasMessageContaining("another server answers now");
      assertThat(bystander.alive()).isTrue();
    }
  }

  @Test
  void aCrashIsNotTakenForRecoveredByAClone() throws SQLException {
    try (TestServer clone = TestServer.cloneOf(server);
        StubbornClients there = StubbornClients.of(clone, APP)) {
      Client bystander = there.idle();
      boolean moved = true;
      for (int connection = 2; moved; connection++) {
        try (StubbornClients here = StubbornClients.of(server, APP);
            MovableForwarder forward = MovableForwarder.to(server).movingTo(clone, connection)) {
          Client stopped = here.idle();
          stopped.freeze();
          KillJob kill =
              KillJob.on(server, APP)
                  .connection(c -> c.at("127.0.0.1", forward.port()))
                  .kill()
                  .affectingOthers();
          PgkillException failure = failureOf(kill::run);
          moved = forward.moved() > 0;
          assertThat(failure != null).as("%s %s", failure, kill.lines()).isEqualTo(moved);
          if (moved) {
            assertThat(failure).isInstanceOf(AnotherServer.class);
          }
          assertThat(bystander.alive()).isTrue();
          Eventually.within(20, () -> answers(server));
          if (stopped.alive()) {
            stopped.thaw();
          }
        }
      }
    }
  }

  @Test
  @Needs(Machine.PG_DUMP)
  void aBackupOfAnotherServerIsNone(@TempDir Path directory) throws Exception {
    String pgDump = ClientPrograms.pgDump().toString();
    try (TestServer clone = TestServer.cloneOf(server)) {
      // before pg_dump, by pg_dump itself, and after it
      for (int connection = 2; connection <= 4; connection++) {
        try (MovableForwarder forward = MovableForwarder.to(server).movingTo(clone, connection)) {
          BackupJob backup =
              BackupJob.of(server, APP, directory, pgDump)
                  .connection(c -> c.at("127.0.0.1", forward.port()));
          assertThatThrownBy(backup::run).hasMessageContaining("another server answers now");
          try (var files = Files.list(directory)) {
            assertThat(files.filter(file -> file.toString().endsWith(".dump"))).isEmpty();
          }
        }
      }
    }
  }

  @Test
  void aServerOfAnotherClusterIsNotDroppedOn() throws SQLException {
    TestServer stranger = TestServer.shared();
    stranger.execute("create database app");
    try (MovableForwarder forward = MovableForwarder.to(server).movingTo(stranger, 3)) {
      assertThatThrownBy(() -> DropJobs.on(forward.port(), APP).drop())
          .isInstanceOf(AnotherServer.class)
          .hasMessageContaining("its system identifier is");
      assertThat(stranger.query("select 1 from pg_database where datname = 'app'")).hasSize(1);
      assertThat(AccessState.of(server, APP)).isEqualTo(before);
    } finally {
      stranger.execute("drop database app");
    }
  }

  @Test
  void aLockoutGoesWithAFailoverBehindOneAddress() throws SQLException {
    try (TestServer standby = TestServer.standbyOf(server);
        MovableForwarder forward = MovableForwarder.to(server)) {
      LockoutJob keeping = lockoutOf(forward.port());
      keeping.revoke();
      replayed(standby);
      server.stop();
      standby.promote();
      forward.moveTo(standby);
      forward.cut();
      Eventually.within(30, () -> held(standby));
      assertThat(keeping.said()).contains("after a restart or a failover");
      assertThat(AccessState.of(standby, APP)).isNotEqualTo(before);

      keeping.end();
      assertThat(AccessState.of(standby, APP)).isEqualTo(before);
      assertThat(held(standby)).isFalse();
    }
  }

  @Test
  void whatSomebodyOpenedAfterAFailoverNeedsNoOpening() throws SQLException {
    try (TestServer standby = TestServer.standbyOf(server);
        MovableForwarder forward = MovableForwarder.to(server)) {
      LockoutJob keeping = lockoutOf(forward.port());
      keeping.revoke();
      replayed(standby);
      server.stop();
      standby.promote();
      forward.moveTo(standby);
      forward.cut();
      Eventually.within(30, () -> held(standby));
      standby.execute("comment on database app is null");
      standby.execute("alter database app connection limit -1");
      Eventually.within(30, () -> keeping.said().contains("somebody opened or dropped it"));
      keeping.end();
      assertThat(AccessState.of(standby, APP)).isEqualTo(before);
    }
  }

  @Test
  void aDemotedServersLockIsNotTakenAgain() throws SQLException {
    try (TestServer standby = TestServer.standbyOf(server);
        MovableForwarder forward = MovableForwarder.to(server)) {
      LockoutJob keeping = lockoutOf(forward.port());
      keeping.revoke();
      replayed(standby);
      demote(standby);
      Eventually.within(30, () -> keeping.said().contains("is a standby now"));
      assertThat(held(server)).isFalse();
      assertThat(keeping.said()).contains("List all hosts");

      forward.moveTo(standby);
      Eventually.within(30, () -> held(standby));
      keeping.end();
      assertThat(AccessState.of(standby, APP)).isEqualTo(before);
    }
  }

  @Test
  void theNewPrimaryIsFoundAmongSeveralHosts() throws SQLException {
    try (TestServer standby = TestServer.standbyOf(server)) {
      LockoutJob keeping = lockoutOf(server.port()).at(server.port(), standby.port());
      keeping.revoke();
      replayed(standby);
      demote(standby);
      Eventually.within(30, () -> held(standby));
      assertThat(held(server)).isFalse();
      keeping.restore();
      assertThat(AccessState.of(standby, APP)).isEqualTo(before);
    }
  }

  @Test
  void aRestartByOthersLeavesNothingClosed() throws SQLException {
    LockoutJob door = LockoutJob.on(server, APP).with(CloseWith.CONNECTION_LIMIT);
    door.revoke();
    server.restart();
    door.end();
    assertThat(AccessState.of(server, APP)).isEqualTo(before);
  }

  private LockoutJob lockoutOf(int port) throws SQLException {
    return LockoutJob.on(port, APP)
        .with(CloseWith.CONNECTION_LIMIT)
        .allowing(server.query("select system_identifier::text from pg_control_system()").get(0));
  }

  private void demote(TestServer successor) {
    server.stop();
    successor.promote();
    server.resumeAsStandbyOf(successor);
  }

  private void replayed(TestServer standby) {
    Eventually.within(30, () -> !AccessState.of(standby, APP).equals(before) && answers(server));
  }

  private static boolean held(TestServer where) throws SQLException {
    return !where.query(HELD).equals(List.of("0"));
  }

  private static boolean answers(TestServer where) {
    try {
      return where.query("select 1").equals(List.of("1"));
    } catch (SQLException e) {
      return false;
    }
  }

  private static PgkillException failureOf(Runnable work) {
    try {
      work.run();
      return null;
    } catch (PgkillException e) {
      return e;
    }
  }
}
