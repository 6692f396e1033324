package io.github.pgkill.job.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.pgkill.job.list.ListSessions;
import io.github.pgkill.job.list.ListSessions.Display;
import io.github.pgkill.job.list.ListSessions.Format;
import io.github.pgkill.job.list.SessionOrder;
import io.github.pgkill.job.lockout.BuildProcess;
import io.github.pgkill.job.lockout.LockoutJob;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.job.restart.RestartJob;
import io.github.pgkill.job.watch.AwaitLocks;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.value.Program;
import io.github.pgkill.model.value.RelationName;
import io.github.pgkill.report.Journal;
import io.github.pgkill.testing.BackupJob;
import io.github.pgkill.testing.ClientPrograms;
import io.github.pgkill.testing.DiagnoseJob;
import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.KillJob;
import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.Needs;
import io.github.pgkill.testing.RecordedConsole;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The table of src/site/markdown/privileges.md, role by role: with what it names each goal
 * succeeds, with one thing less it says what the table says. A goal that is merely worse off then
 * still succeeds.
 */
@DisabledOnOs(OS.WINDOWS)
@Tag("slow")
@Tag("newest")
class PrivilegesTest {

  private static final TestServer SERVER = TestServer.shared();
  private static final Path TABLE = Path.of("src", "site", "markdown", "privileges.md");

  @TempDir Path directory;

  /** What a role can have, in the words of the table. */
  enum Need {
    OWNER("the database", "alter database {db} owner to {me}"),
    CREATEDB("`CREATEDB`", "alter role {me} createdb"),
    CONNECT("`CONNECT`", "grant connect on database {db} to {me}"),
    SIGNAL("`pg_signal_backend`", "grant pg_signal_backend to {me}"),
    SEE("`pg_read_all_stats`", "grant pg_read_all_stats to {me}"),
    SETTINGS("`pg_read_all_settings`", "grant pg_read_all_settings to {me}"),
    READ("`pg_read_all_data`", "grant pg_read_all_data to {me}"),
    PREPARER("the role that prepared it", "grant {app} to {me}"),
    SUPERUSER("`SUPERUSER`", "alter role {me} superuser");

    private final String words;
    private final String grant;

    Need(String words, String grant) {
      this.words = words;
      this.grant = grant;
    }
  }

  /**
   * What a goal says without one thing.
   *
   * @param text in its failure, or in what it says while it succeeds
   * @param fails whether it fails
   */
  private record Lack(String text, boolean fails) {}

  private static Lack refused(String text) {
    return new Lack(text, true);
  }

  private static Lack worse(String text) {
    return new Lack(text, false);
  }

  /** What runs as that role; returns what it said, and throws what it failed with. */
  private interface Run {
    String as(Scene scene) throws SQLException, IOException;
  }

  enum Goal {
    TERMINATE_SESSIONS(
        "terminate-sessions",
        PrivilegesTest::terminateSessions,
        Map.of(
            Need.SIGNAL, refused("GRANT pg_signal_backend"),
            Need.SEE, refused("may not see when the session began"))),
    SUPERUSERS_SESSIONS(
        "terminate-sessions",
        PrivilegesTest::superusersSession,
        Map.of(Need.SUPERUSER, refused("Only a superuser may end a superuser's session"))),
    AWAIT_LOCKS(
        "awaitLocks",
        PrivilegesTest::awaitLocks,
        Map.of(
            Need.SIGNAL, refused("GRANT pg_signal_backend"),
            Need.SEE, refused("hides from this role whether"))),
    HOLDING_LOCKS_ON(
        "holdingLocksOn",
        PrivilegesTest::holdingLocksOn,
        Map.of(
            Need.CONNECT, refused("permission denied for database"),
            Need.SIGNAL, refused("GRANT pg_signal_backend"),
            Need.SEE, refused("may not see when the session began"))),
    ROLLBACK_PREPARED(
        "rollbackPrepared",
        PrivilegesTest::rollbackPrepared,
        Map.of(Need.PREPARER, refused("may not roll back"))),
    TERMINATE(
        "terminate",
        scene -> terminate(scene, null),
        Map.of(
            Need.OWNER, worse("clients that come back are terminated again"),
            Need.SIGNAL, refused("GRANT pg_signal_backend"),
            Need.SEE, refused("may not see when the session began"))),
    TERMINATE_CLOSING(
        "closeWith",
        scene -> terminate(scene, CloseWith.REVOKE),
        Map.of(
            Need.OWNER, refused("it is neither its owner nor a superuser"),
            Need.SIGNAL, refused("GRANT pg_signal_backend"),
            Need.SEE, refused("may not see when the session began"))),
    REVOKE_CONNECT(
        "revoke-connect",
        PrivilegesTest::revokeConnect,
        Map.of(Need.OWNER, refused("it is neither its owner nor a superuser"))),
    RESTORE_CONNECT(
        "restore-connect",
        PrivilegesTest::restoreConnect,
        Map.of(Need.OWNER, refused("must be owner of database"))),
    DROP_DATABASE(
        "drop-database",
        PrivilegesTest::drop,
        Map.of(
            Need.OWNER, refused("may not drop database"),
            Need.SIGNAL, refused("GRANT pg_signal_backend"),
            Need.SEE, refused("GRANT pg_read_all_stats"))),
    RECREATE_DATABASE(
        "recreate-database",
        PrivilegesTest::recreate,
        Map.of(
            Need.OWNER, refused("may not drop database"),
            Need.CREATEDB, refused("may not create databases"),
            Need.SIGNAL, refused("GRANT pg_signal_backend"),
            Need.SEE, refused("GRANT pg_read_all_stats"))),
    BACKUP("backup", PrivilegesTest::backup, Map.of(Need.READ, refused("permission denied"))),
    KILL_PROCESSES(
        "kill-processes",
        PrivilegesTest::killProcesses,
        Map.of(
            Need.SETTINGS, refused("does not tell this role where its data directory is"),
            Need.SEE, refused("may not see when the session began"))),
    LIST_SESSIONS(
        "list-sessions",
        PrivilegesTest::listSessions,
        Map.of(Need.SEE, worse("pg_read_all_stats"))),
    DIAGNOSE(
        "diagnose",
        PrivilegesTest::diagnose,
        Map.of(
            Need.OWNER, worse("may not drop database"),
            Need.SIGNAL, worse("GRANT pg_signal_backend"),
            Need.SEE, worse("GRANT pg_read_all_stats")));

    private final String words;
    private final Run run;
    private final Map<Need, Lack> lacks;

    Goal(String words, Run run, Map<Need, Lack> lacks) {
      this.words = words;
      this.run = run;
      this.lacks = lacks;
    }
  }

  @ParameterizedTest
  @EnumSource
  void withWhatTheTableNamesItSucceeds(Goal goal) throws Exception {
    try (Scene scene = new Scene(goal.lacks.keySet(), directory)) {
      String said = goal.run.as(scene);
      for (Lack lack : goal.lacks.values()) {
        assertThat(said).doesNotContain(lack.text());
      }
    }
  }

  static Stream<Arguments> oneThingLess() {
    return Stream.of(Goal.values())
        .flatMap(goal -> goal.lacks.keySet().stream().map(need -> Arguments.of(goal, need)));
  }

  @ParameterizedTest
  @MethodSource("oneThingLess")
  void withOneThingLessItSaysWhatTheTableSays(Goal goal, Need missing) throws Exception {
    Set<Need> rest = new HashSet<>(goal.lacks.keySet());
    rest.remove(missing);
    Lack lack = goal.lacks.get(missing);
    try (Scene scene = new Scene(rest, directory)) {
      String said;
      boolean failed = false;
      try {
        said = goal.run.as(scene);
      } catch (PgkillException e) {
        failed = true;
        said = e.getMessage() + " " + e.remedy().orElse("");
      }
      assertThat(said).contains(lack.text());
      assertThat(failed).as(said).isEqualTo(lack.fails());
      if (lack.fails()) {
        assertThat(scene.client.alive()).as("nobody is ended").isTrue();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("oneThingLess")
  void theTableHasIt(Goal goal, Need need) throws IOException {
    Lack lack = goal.lacks.get(need);
    assertThat(Files.readAllLines(TABLE))
        .as(goal.words + " without " + need.words)
        .anyMatch(
            line ->
                line.contains("`" + goal.words + "`")
                    && line.contains("| " + need.words + " |")
                    && line.contains((lack.fails() ? "refused: `" : "goes on: `") + lack.text()));
  }

  /** On a server of its own, because a restart ends everybody's sessions. */
  @Test
  @Needs(Machine.SERVER_OF_ITS_OWNER)
  void aRestartNeedsToTellSessionsFromTheServersOwnProcesses() throws SQLException, IOException {
    String refusal = "would also end what was not selected";
    assertThat(Files.readAllLines(TABLE))
        .anyMatch(
            line ->
                line.startsWith("| `restart-server` | `pg_read_all_stats` |")
                    && line.contains("refused: `" + refusal + "`"));
    try (TestServer own = TestServer.startAsOwner(Map.of())) {
      String me = own.createRole("login");
      RestartJob job = RestartJob.on(own, own.createDatabase()).connection(c -> c.as(me));
      long before = own.postmasterPid();
      assertThatThrownBy(job::run)
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining(refusal)
          .satisfies(
              e ->
                  assertThat(((PgkillException) e).remedy().orElseThrow())
                      .contains("affectOtherSessions"));
      assertThat(own.postmasterPid()).isEqualTo(before);
      own.execute("grant pg_read_all_stats to " + me);
      job.run();
      assertThat(own.postmasterPid()).isNotEqualTo(before);
    }
  }

  private static String terminateSessions(Scene scene) {
    return verdict(TestJob.on(SERVER, scene.database).as(scene.me).run());
  }

  private static String superusersSession(Scene scene) throws SQLException {
    SERVER.execute("alter role " + scene.app + " superuser");
    return terminateSessions(scene);
  }

  private static String holdingLocksOn(Scene scene) throws SQLException {
    SERVER.execute("revoke connect on database " + scene.database + " from public");
    lock(scene.client);
    return verdict(
        TestJob.on(SERVER, scene.database)
            .as(scene.me)
            .filter(
                f ->
                    f.holdingLocksOn(
                        List.of(RelationName.parse("holdingLocksOn", "public.wanted"))))
            .run());
  }

  private static String awaitLocks(Scene scene) throws SQLException {
    String waiting = SERVER.createRole("login");
    SERVER.execute(scene.database, "grant all on wanted to " + waiting);
    lock(scene.client);
    scene.clients.as(waiting, "flyway").waitingForLock("wanted");
    return verdict(
        new AwaitLocks(scene.console(), new Journal("terminate-sessions", "test", "test"))
            .run(
                new AwaitLocks.Request(
                    TestConnection.to(SERVER, scene.database).as(scene.me).settings(),
                    rails(),
                    Program.parse("awaitLocks", List.of("flyway")),
                    List.of(waiting),
                    SessionFilter.ALL_CLIENTS,
                    new TerminationOptions(
                        Duration.ofSeconds(2), Duration.ofMillis(200), Duration.ZERO, false, false),
                    true)));
  }

  private static String rollbackPrepared(Scene scene) throws SQLException {
    String gid = "gid of " + scene.database;
    try (Connection xa = SERVER.connect(scene.database, scene.app);
        Statement statement = xa.createStatement()) {
      statement.execute("begin; lock table wanted; prepare transaction '" + gid + "'");
    }
    try {
      return verdict(
          TestJob.on(SERVER, scene.database)
              .as(scene.me)
              .rollingBack("^gid of " + scene.database, Duration.ZERO)
              .run());
    } finally {
      if (!SERVER.query("select 1 from pg_prepared_xacts where gid = ?", gid).isEmpty()) {
        SERVER.execute(scene.database, "rollback prepared '" + gid + "'");
      }
    }
  }

  private static String terminate(Scene scene, CloseWith closeWith) {
    TestJob job = TestJob.on(SERVER, scene.database).as(scene.me).closeWith(closeWith);
    return verdict(job.run()) + job.lines();
  }

  private static String revokeConnect(Scene scene) {
    LockoutJob job = LockoutJob.on(SERVER, scene.database).as(scene.me);
    job.revoke();
    job.restore();
    return job.said();
  }

  private static String restoreConnect(Scene scene) {
    try (BuildProcess broken = BuildProcess.start(SERVER.port(), scene.database, "postgres")) {
      assertThat(broken.tell("revoke auto NEVER 30")).startsWith("ok");
    }
    LockoutJob job = LockoutJob.on(SERVER, scene.database).as(scene.me);
    job.restore();
    return job.said();
  }

  private static String drop(Scene scene) {
    DropJobs job = DropJobs.on(SERVER, scene.database).as(scene.me);
    return verdict(job.drop()) + job.said();
  }

  private static String recreate(Scene scene) {
    DropJobs job = DropJobs.on(SERVER, scene.database).as(scene.me);
    return verdict(job.recreate()) + job.said();
  }

  private static String backup(Scene scene) throws IOException {
    assumeTrue(SERVER.major() >= 14, "pg_read_all_data is of PostgreSQL 14 and later");
    Machine.PG_DUMP.assumed();
    String pgDump = ClientPrograms.pgDump().toString();
    BackupJob job =
        BackupJob.of(SERVER, scene.database, Files.createTempDirectory(scene.place, "b"), pgDump)
            .connection(c -> c.as(scene.me));
    job.run();
    return job.said();
  }

  private static String killProcesses(Scene scene) {
    return verdict(KillJob.on(SERVER, scene.database).connection(c -> c.as(scene.me)).run());
  }

  private static String listSessions(Scene scene) {
    new ListSessions(scene.console(), new Journal("list-sessions", "test", "test"))
        .run(
            new ListSessions.Request(
                TestConnection.to(SERVER, scene.database).as(scene.me).settings(),
                SessionFilter.ALL_CLIENTS,
                new Display(Format.TABLE, SessionOrder.parse("sort", "age"), 10, null),
                null,
                false,
                true));
    return String.join("\n", scene.lines);
  }

  private static String diagnose(Scene scene) {
    DiagnoseJob job = DiagnoseJob.on(SERVER, scene.database).as(scene.me);
    job.run(Intent.DROP);
    return job.said().replaceAll("\\s+", " ");
  }

  private static void lock(StubbornClients.Client client) throws SQLException {
    client.connection().setAutoCommit(false);
    try (Statement statement = client.connection().createStatement()) {
      statement.execute("lock table wanted");
    }
  }

  private static GuardRails rails() {
    return new GuardRails(List.of(), List.of(), List.of(), List.of(), null);
  }

  /** What it says when it succeeds; a verdict that is a failure is thrown as the goal throws it. */
  private static String verdict(Termination done) {
    if (done.verdict().status() == Verdict.Status.FAILURE) {
      throw new PgkillFailure(
          done.verdict().summary()
              + done.results().stream().map(result -> " " + result.outcome()).toList(),
          done.remedy());
    }
    return done.verdict().summary() + done.verdict().remarks();
  }

  /**
   * A database of somebody else's with an application in it, and a role with nothing but grants.
   */
  private static final class Scene implements AutoCloseable {
    private final String me = SERVER.createRole("login");
    private final String app = SERVER.createRole("login");
    private final String owner = SERVER.createRole("");
    private final String database = SERVER.createDatabase();
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Path place;
    private final StubbornClients clients;
    private final StubbornClients.Client client;

    Scene(Set<Need> needs, Path place) throws SQLException {
      this.place = place;
      SERVER.execute(database, "create table wanted (i int); grant all on wanted to " + app);
      SERVER.execute("alter database " + database + " owner to " + owner);
      for (Need need : needs) {
        if (need != Need.READ || SERVER.major() >= 14) {
          SERVER.execute(
              need.grant.replace("{me}", me).replace("{app}", app).replace("{db}", database));
        }
      }
      clients = StubbornClients.of(SERVER, database).as(app, "app");
      client = clients.idle();
    }

    RecordedConsole console() {
      return new RecordedConsole(lines);
    }

    @Override
    public void close() throws SQLException {
      clients.close();
    }
  }
}
