package io.github.pgkill.job.removal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.host.build.ThisBuild;
import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.lockout.LockoutJob;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.RecordedConsole;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a build that was killed while it recreated a database has left, and what becomes of it. */
@Tag("slow")
final class LeftoversTest {

  private static final TestServer SERVER = TestServer.start(Map.of());

  /** A build that is not there any more. */
  private static final String DEAD = "c0ffee00";

  private static final String SHUT = " allow_connections false";

  private String database;
  private String oid;

  /** The goals that undo what a dead build left. */
  private enum Goal {
    RECREATE,
    DROP,
    TERMINATE,
    REVOKE,
    RESTORE,
    RESTORE_ALL
  }

  @BeforeEach
  void create() throws SQLException {
    database = SERVER.createDatabase();
    oid = SERVER.query("select oid from pg_database where datname = ?", database).get(0);
  }

  @AfterEach
  void clean() throws SQLException {
    for (String name : SERVER.unfinishedDatabases()) {
      SERVER.execute("drop database " + name);
    }
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @ParameterizedTest
  @EnumSource(Goal.class)
  void theNextGoalDropsWhatADeadBuildWasBuilding(Goal goal) throws SQLException {
    // interrupted between its first two statements: it has no comment
    SERVER.execute("create database pgkill_new_" + oid + "_" + DEAD + SHUT);
    LockoutJob lockout = LockoutJob.on(SERVER.port(), database);
    switch (goal) {
      case RECREATE -> DropJobs.on(SERVER, database).recreate();
      case DROP -> DropJobs.on(SERVER, database).drop();
      case TERMINATE -> {
        lockout.terminate();
        lockout.end();
      }
      case REVOKE -> {
        lockout.revoke();
        lockout.end();
      }
      case RESTORE -> lockout.restore();
      case RESTORE_ALL -> LockoutJob.on(SERVER.port(), "*").restore();
    }
    assertThat(SERVER.unfinishedDatabases()).isEmpty();
  }

  @Test
  void oneThatWasBeingFilledOrIsHalfDroppedIsDroppedToo() throws SQLException {
    String filled = "pgkill_new_" + oid + "_" + DEAD;
    SERVER.execute("create database " + filled + " connection limit 1");
    SERVER.execute("create database pgkill_new_4000000000_c0ffee01");
    SERVER.execute(
        "update pg_database set datconnlimit = -2 where datname = 'pgkill_new_4000000000_c0ffee01'");
    DropJobs job = DropJobs.on(SERVER, database);
    job.recreate();
    assertThat(SERVER.unfinishedDatabases()).isEmpty();
    assertThat(job.said()).contains(filled + " was left over", "dropped");
  }

  @Test
  void aLivingBuildsIsLeftAlone() throws SQLException {
    String name = "pgkill_new_" + oid + "_" + DEAD;
    SERVER.execute("create database " + name + SHUT);
    try (Connection build = SERVER.connect("postgres", TestServer.SUPERUSER);
        Statement statement = build.createStatement()) {
      statement.execute("select pg_advisory_lock_shared(x'" + DEAD + "'::int, 7)");
      DropJobs job = DropJobs.on(SERVER, database);
      assertThat(job.recreate().verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
      assertThat(SERVER.unfinishedDatabases()).containsExactly(name);
      assertThat(job.said()).doesNotContain(name);
    }
  }

  @Test
  void whatMayBeSomebodysOwnIsNamedAndNotDropped() throws SQLException {
    String inUse = "pgkill_new_" + oid + "_c0ffee02";
    SERVER.execute("create database " + inUse + " connection limit 1");
    List<String> kept =
        List.of(
            "pgkill_new_" + oid + "_c0ffee00",
            "pgkill_new_" + oid + "_c0ffee01x",
            inUse,
            "pgkill_old_" + oid + "_c0ffee03");
    SERVER.execute("create database " + kept.get(0));
    SERVER.execute("create database " + kept.get(1) + SHUT);
    SERVER.execute("create database " + kept.get(3) + SHUT);
    try (Connection somebody = SERVER.connect(inUse, TestServer.SUPERUSER)) {
      DropJobs job = DropJobs.on(SERVER, database);
      job.recreate();
      assertThat(SERVER.unfinishedDatabases()).containsExactlyInAnyOrderElementsOf(kept);
      assertThat(job.said())
          .contains("DROP DATABASE \"" + kept.get(0) + "\"")
          .contains("DROP DATABASE \"" + kept.get(3) + "\"", "holds what the database held")
          .doesNotContain(kept.get(1), inUse);
      assertThat(somebody.isValid(5)).isTrue();
    }
  }

  @Test
  void anotherRolesIsNamedAndNotDropped() throws SQLException {
    String role = SERVER.createRole("login createdb");
    SERVER.execute("alter database " + database + " owner to " + role);
    String name = "pgkill_new_" + oid + "_" + DEAD;
    SERVER.execute("create database " + name + SHUT);
    DropJobs job = DropJobs.on(SERVER, database).as(role);
    job.drop();
    assertThat(SERVER.unfinishedDatabases()).containsExactly(name);
    assertThat(job.said()).contains("DROP DATABASE \"" + name + "\"");
  }

  @Test
  void aDryRunOnlyNamesThem() throws SQLException {
    String name = "pgkill_new_" + oid + "_" + DEAD;
    SERVER.execute("create database " + name + SHUT);
    DropJobs job = DropJobs.on(SERVER, database).dryRun();
    job.recreate();
    job.drop();
    assertThat(SERVER.unfinishedDatabases()).containsExactly(name);
    assertThat(job.said()).contains("DROP DATABASE \"" + name + "\"");
  }

  @Test
  void whatThisBuildCouldNotDropIsOutOfItsOwnWay() throws SQLException {
    String name = "pgkill_new_" + oid + "_" + String.format("%08x", ThisBuild.identity().key());
    SERVER.execute("create database " + name + SHUT);
    DropJobs.on(SERVER, database).recreate();
    assertThat(SERVER.unfinishedDatabases()).isEmpty();
  }

  @Test
  void oneThatWasThereBeforeIsNeverTakenForTheNewOne() throws SQLException {
    String name = "pgkill_new_" + oid + "_" + String.format("%08x", ThisBuild.identity().key());
    SERVER.execute("create database " + name);
    assertThatThrownBy(() -> DropJobs.on(SERVER, database).recreate())
        .hasMessageContaining("already exists");
    assertThat(SERVER.unfinishedDatabases()).containsExactly(name);
  }

  @Test
  void aDatabaseMadeAnewUnderTheNameIsNotDroppedInItsPlace() throws SQLException {
    DropJobs job = DropJobs.on(SERVER, database);
    job.closeForTheBuild();
    try (Connection other = SERVER.connect("postgres", TestServer.SUPERUSER);
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("comment on database " + database + " is 'held'");
      CompletableFuture<String> dropping =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return job.drop().verdict().summary();
                } catch (PgkillFailure e) {
                  return e.getMessage();
                }
              });
      Eventually.within(30, () -> job.said().contains("has a lock on"));
      other.commit();
      other.setAutoCommit(true);
      // while the goal is between two attempts, or waits behind this
      statement.execute("drop database " + database);
      statement.execute("create database " + database);
      String said = dropping.join();
      boolean there =
          !SERVER.query("select 1 from pg_database where datname = ?", database).isEmpty();
      assertThat(there).isTrue();
      assertThat(said)
          .containsAnyOf(
              "somebody else dropped it meanwhile", "is dropped", "is not there any more");
    } catch (SQLException e) {
      // the goal was faster
      assertThat(e.getSQLState()).isEqualTo("3D000");
    } finally {
      BuildLockouts.openAll(new RecordedConsole(new ArrayList<>()));
    }
  }
}
