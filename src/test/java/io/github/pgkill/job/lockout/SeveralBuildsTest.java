package io.github.pgkill.job.lockout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Builds that want the same database at the same time, or that ended without giving it back. */
@Tag("slow")
class SeveralBuildsTest {

  /** Of its own: it is restarted. */
  private static final TestServer SERVER = TestServer.start(Map.of());

  private static final String HELD =
      "select pid from pg_locks where locktype = 'advisory' and objid = ?::bigint::oid";

  private String name;
  private List<String> before;

  @BeforeEach
  void create() throws SQLException {
    name = SERVER.createDatabase();
    before = AccessState.of(SERVER, name);
  }

  @AfterEach
  void openWhatIsLeft() {
    LockoutJob.on(SERVER, name).end();
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @Test
  void theyTakeTurnsFromDifferentDatabases() throws SQLException {
    String elsewhere = SERVER.createDatabase();
    try (BuildProcess one = BuildProcess.start(SERVER.port(), name, "postgres");
        BuildProcess two = BuildProcess.start(SERVER.port(), name, elsewhere)) {
      one.send("loops 15");
      two.send("loops 15");
      assertThat(one.answer()).startsWith("ok");
      assertThat(two.answer()).startsWith("ok");
    }
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
  }

  @Test
  void changesOfTheSameRowAreTriedAgain() throws SQLException {
    try (BuildProcess one = BuildProcess.start(SERVER.port(), name, "postgres")) {
      one.send("loops 15");
      String role = SERVER.createRole("nologin");
      for (int i = 0; i < 60; i++) {
        try {
          SERVER.execute("grant create on database " + name + " to " + role);
          SERVER.execute("revoke create on database " + name + " from " + role);
        } catch (SQLException e) {
          // theirs, not ours: GRANT does not try again
          assertThat(e.getMessage()).contains("tuple concurrently updated");
        }
      }
      assertThat(one.answer()).startsWith("ok");
      SERVER.execute("revoke create on database " + name + " from " + role);
    }
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
  }

  @Test
  void aLivingBuildIsRespectedAndADeadOneIsNot() throws SQLException {
    try (BuildProcess one = BuildProcess.start(SERVER.port(), name, "postgres");
        BuildProcess two = BuildProcess.start(SERVER.port(), name, "postgres")) {
      assertThat(one.tell("revoke REVOKE BUILD_END 5")).startsWith("ok");
      List<String> closed = AccessState.of(SERVER, name);
      String refused = two.tell("revoke REVOKE BUILD_END 1");
      assertThat(refused).startsWith("failed").contains("process " + one.pid() + " on host ");
      assertThat(two.tell("restore")).startsWith("failed").contains("process " + one.pid());
      assertThat(two.tell("terminate auto IMMEDIATELY 1")).startsWith("failed");
      assertThat(AccessState.of(SERVER, name)).isEqualTo(closed);
      one.kill();
      List<String> leftClosed = AccessState.of(SERVER, name);
      LockoutJob rehearsal = LockoutJob.on(SERVER, name).with(CloseWith.REVOKE).dryRun();
      rehearsal.revoke();
      assertThat(rehearsal.said()).contains("would open it first");
      assertThat(AccessState.of(SERVER, name)).isEqualTo(leftClosed);
      String reclaimed = two.tell("revoke CONNECTION_LIMIT BUILD_END 20");
      assertThat(reclaimed)
          .startsWith("ok")
          .contains(" on host ", ", which shows no sign of life: opened it");
      assertThat(two.tell("end")).startsWith("ok");
    }
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
  }

  @Test
  void whatIsToStayClosedIsNeverReclaimed() throws SQLException {
    try (BuildProcess one = BuildProcess.start(SERVER.port(), name, "postgres")) {
      assertThat(one.tell("revoke REVOKE NEVER 5")).startsWith("ok");
    }
    List<String> closed = AccessState.of(SERVER, name);
    try (BuildProcess two = BuildProcess.start(SERVER.port(), name, "postgres")) {
      assertThat(two.tell("revoke REVOKE BUILD_END 1")).startsWith("ok").contains("stay closed");
      assertThat(two.tell("terminate auto IMMEDIATELY 1")).startsWith("ok");
      assertThat(AccessState.of(SERVER, name)).isEqualTo(closed);
      assertThat(two.tell("restore")).startsWith("ok");
    }
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
  }

  @Test
  void forceBreaksALivingOneWhichThenLeavesTheNextAlone() throws SQLException {
    try (BuildProcess one = BuildProcess.start(SERVER.port(), name, "postgres");
        BuildProcess two = BuildProcess.start(SERVER.port(), name, "postgres")) {
      assertThat(one.tell("revoke REVOKE BUILD_END 5")).startsWith("ok");
      assertThat(two.tell("force")).startsWith("ok");
      assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
      assertThat(two.tell("revoke CONNECTION_LIMIT BUILD_END 5")).startsWith("ok");
      List<String> closed = AccessState.of(SERVER, name);
      assertThat(one.tell("end")).startsWith("ok").contains("process " + two.pid());
      assertThat(AccessState.of(SERVER, name)).isEqualTo(closed);
      assertThat(two.tell("end")).startsWith("ok");
    }
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
  }

  @Test
  void aForkedBuildSharesAndGivesBackOnlyWhatItTook() throws SQLException {
    LockoutJob job = LockoutJob.on(SERVER, name).with(CloseWith.REVOKE);
    job.revoke();
    List<String> closed = AccessState.of(SERVER, name);
    try (BuildProcess child = BuildProcess.start(SERVER.port(), name, "postgres")) {
      assertThat(child.tell("revoke REVOKE BUILD_END 1")).startsWith("ok");
      assertThat(child.tell("terminate auto IMMEDIATELY 5")).startsWith("ok");
      assertThat(child.tell("restore")).startsWith("ok").contains("stays closed");
      assertThat(child.tell("end")).startsWith("ok");
      assertThat(AccessState.of(SERVER, name)).isEqualTo(closed);
    }
    job.end();
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
  }

  @Test
  void modulesAreCounted() throws SQLException {
    LockoutJob job = LockoutJob.on(SERVER, name).with(CloseWith.REVOKE);
    job.revoke();
    List<String> closed = AccessState.of(SERVER, name);
    job.revoke();
    job.restore();
    assertThat(AccessState.of(SERVER, name)).isEqualTo(closed);
    assertThat(job.said()).contains("still rely on it");
    job.restore();
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
  }

  @Test
  void restoreOfAllOpensAllThatNobodyKeeps() throws SQLException {
    String other = SERVER.createDatabase();
    List<String> othersBefore = AccessState.of(SERVER, other);
    LockoutJob.on(SERVER, name).with(CloseWith.REVOKE).reopen(Reopen.NEVER).revoke();
    LockoutJob.on(SERVER, other).with(CloseWith.ALLOW_CONNECTIONS).reopen(Reopen.NEVER).revoke();
    LockoutJob.on(SERVER, "*").restore();
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
    assertThat(AccessState.of(SERVER, other)).isEqualTo(othersBefore);
  }

  @Test
  void restoreOfAllTriesEachAndNamesEveryFailure() throws SQLException {
    String damaged = SERVER.createDatabase();
    String newer = SERVER.createDatabase();
    SERVER.execute("comment on database " + damaged + " is E'x\\npgkill-lockout:{}'");
    SERVER.execute(
        "comment on database "
            + newer
            + " is E'x\\npgkill-lockout:{\"format\":3,\"plugin\":\"9.1.0\"}'");
    LockoutJob.on(SERVER, name).with(CloseWith.REVOKE).reopen(Reopen.NEVER).revoke();
    assertThatThrownBy(() -> LockoutJob.on(SERVER, "*").restore())
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("2 databases could not be opened")
        .hasMessageContaining(damaged)
        .hasMessageContaining(newer);
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
    SERVER.execute("drop database " + damaged);
    SERVER.execute("drop database " + newer);
  }

  @Test
  void aDatabaseThatWasRenamedIsFoundByTheNameItWasClosedUnder() throws SQLException {
    LockoutJob.on(SERVER, name).with(CloseWith.REVOKE).reopen(Reopen.NEVER).revoke();
    SERVER.execute("alter database " + name + " rename to " + name + "_kept");
    LockoutJob.on(SERVER, name).restore();
    SERVER.execute("alter database " + name + "_kept rename to " + name);
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
  }

  @Test
  void aStrangersLockKeepsNoDeadBuildAlive() throws SQLException {
    String stranger = SERVER.createRole("login");
    for (String holder : List.of(stranger, TestServer.SUPERUSER)) {
      try (BuildProcess one = BuildProcess.start(SERVER.port(), name, "postgres");
          Connection lock = SERVER.connect("postgres", holder)) {
        assertThat(one.tell("revoke REVOKE BUILD_END 5")).startsWith("ok");
        try (Statement statement = lock.createStatement()) {
          statement.execute(
              "select pg_advisory_lock_shared(classid::bigint::bit(32)::integer, objid::bigint::integer)"
                  + " from pg_locks where locktype = 'advisory' and objid = "
                  + AccessState.oid(SERVER, name));
        }
        one.kill();
        // whoever holds it: the process is gone for certain where that can be seen
        boolean visible = System.getProperty("os.name").startsWith("Linux");
        if (visible || holder.equals(stranger)) {
          LockoutJob.on(SERVER, name).timeout(Duration.ZERO).restore();
          assertThat(AccessState.of(SERVER, name)).as(holder).isEqualTo(before);
        }
      }
    }
  }

  @Test
  void aLostLockIsTakenAgain() throws SQLException {
    LockoutJob job = LockoutJob.on(SERVER, name).with(CloseWith.ALLOW_CONNECTIONS);
    long oid = AccessState.oid(SERVER, name);
    job.revoke();
    String holder = SERVER.query(HELD, oid).get(0);
    SERVER.query("select pg_terminate_backend(?)", Integer.parseInt(holder));
    Eventually.within(
        20, () -> SERVER.query(HELD, oid).stream().anyMatch(pid -> !pid.equals(holder)));
    SERVER.restart();
    Eventually.within(30, () -> !SERVER.query(HELD, oid).isEmpty());
    assertThat(job.said()).contains("lost the session that holds the lockout");
    job.end();
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
  }

  @Test
  void aServerThatIsRestartedAtTheWrongMomentIsNoObstacle() throws SQLException {
    LockoutJob job = LockoutJob.on(SERVER, name).with(CloseWith.CONNECTION_LIMIT);
    job.revoke();
    SERVER.restart();
    job.end();
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
  }
}
