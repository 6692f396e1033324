package io.github.pgkill.job.restart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.pgkill.job.backup.BackupOptions;
import io.github.pgkill.job.lockout.LockoutJob;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.host.RestartWith;
import io.github.pgkill.model.host.ShutdownMode;
import io.github.pgkill.model.host.StepResult;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.testing.ClientPrograms;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.Needs;
import io.github.pgkill.testing.StandInPrograms;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * restart-server against real servers: whose sessions, what is proved, what is said of failures.
 */
@DisabledOnOs(OS.WINDOWS)
@Needs(Machine.SERVER_OF_ITS_OWNER)
@Tag("slow")
class RestartServerTest {

  private static final Duration SHORT = Duration.ofSeconds(1);

  private static TestServer server;
  private String database;

  @TempDir Path directory;

  @BeforeAll
  static void start() {
    server = TestServer.startAsOwner(Map.of());
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @BeforeEach
  void createDatabase() throws SQLException {
    database = server.createDatabase();
  }

  @ParameterizedTest
  @EnumSource(names = {"AUTO", "PG_CTL"})
  void restartsAndProvesIt(RestartWith with) throws SQLException {
    long before = postmaster();
    try (StubbornClients clients = StubbornClients.of(server, database)) {
      StubbornClients.Client victim = clients.idleInTransaction();
      RestartJob job = RestartJob.on(server, database).with(with);
      Termination done = job.run();
      assertThat(done.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
      assertThat(postmaster()).isNotEqualTo(before);
      assertThat(victim.alive()).isFalse();
      assertThat(done.results())
          .singleElement()
          .satisfies(
              result -> {
                assertThat(result.session().pid()).isEqualTo(victim.pid());
                assertThat(result.outcome().word()).isEqualTo("gone");
              });
      assertThat(job.report().surroundings().alsoHit()).isEmpty();
      assertThat(job.report().surroundings().steps())
          .singleElement()
          .satisfies(
              step -> {
                assertThat(step.status()).isEqualTo(StepResult.Status.DONE);
                assertThat(step.what()).contains("pg_ctl restart -D " + server.dataDirectory());
              });
      assertThat(server.log()).contains("received fast shutdown request");
    }
  }

  @Test
  void theServerInheritsNothingOfTheBuildsThatIsNotItsBusiness() throws Exception {
    assumeTrue(Files.isReadable(Path.of("/proc/self/environ")), "no /proc here");
    String name =
        System.getenv().keySet().stream()
            .filter(n -> n.matches("JAVA.*|MAVEN.*|CI|PWD|_|HOSTNAME|TERM|SHLVL|OLDPWD|PGP.*"))
            .findFirst()
            .orElse(null);
    assumeTrue(name != null, "nothing in the environment that a build would have");
    RestartJob.on(server, database).run();
    Path environ = Path.of("/proc", Long.toString(server.postmasterPid()), "environ");
    assertThat(Files.readString(environ, StandardCharsets.ISO_8859_1).split("\0"))
        .anyMatch(variable -> variable.startsWith("PATH="))
        .noneMatch(variable -> variable.equals(name + "=" + System.getenv(name)));
  }

  @Test
  void aCrashOnPurposeNamesTheTablesThatItEmptiesAndNeedsConsent() throws SQLException {
    server.execute(database, "create unlogged table cache (n int)");
    long before = postmaster();
    RestartJob job = RestartJob.on(server, database).mode(ShutdownMode.IMMEDIATE);
    assertThatThrownBy(job::run)
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContainingAll(
            "unlogged tables will be empty: public.cache of database " + database,
            "nothing was touched")
        .satisfies(e -> assertThat(remedy(e)).contains("-Dpgkill.affectOtherSessions"));
    assertThat(postmaster()).isEqualTo(before);
    server.execute(database, "drop table cache");
  }

  @Test
  void aBackupThatFailsStopsTheRestart(@TempDir Path directory) throws SQLException {
    long before = postmaster();
    RestartJob job =
        RestartJob.on(server, database)
            .backup(BackupOptions.in(directory, directory.resolve("no-pg_dump").toString()));
    assertThatThrownBy(job::run).hasMessageContaining("no-pg_dump");
    assertThat(postmaster()).isEqualTo(before);
  }

  @Test
  void sessionsThatWereNotSelectedAreNamedAndNeedConsent() throws SQLException {
    String other = server.createDatabase();
    String role = server.createRole("login superuser");
    long before = postmaster();
    try (StubbornClients clients = StubbornClients.of(server, database)) {
      clients.idle();
      StubbornClients.Client spared = clients.as(role, "spared").idle();
      StubbornClients.Client elsewhere = clients.as(role, "pg_dump").to(other).idle();
      RestartJob job =
          RestartJob.on(server, database).filter(f -> f.excludeSessionUsers(List.of(role)));
      assertThatThrownBy(job::run)
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContainingAll(
              "1 session of database "
                  + database
                  + " (pid "
                  + spared.pid()
                  + " of "
                  + role
                  + "/spared)",
              "1 session of database "
                  + other
                  + " (pid "
                  + elsewhere.pid()
                  + " of "
                  + role
                  + "/pg_dump)",
              "pg_dump is running (pid " + elsewhere.pid() + ")",
              "nothing was touched")
          .satisfies(e -> assertThat(remedy(e)).contains("-Dpgkill.affectOtherSessions"));
      assertThat(postmaster()).isEqualTo(before);
      assertThat(elsewhere.alive()).isTrue();

      job.affectOtherSessions().run();
      assertThat(postmaster()).isNotEqualTo(before);
      assertThat(job.report().surroundings().alsoHit())
          .extracting(Session::pid)
          .containsExactlyInAnyOrder(spared.pid(), elsewhere.pid());
    }
  }

  @Test
  @Needs(Machine.PG_DUMP)
  void aBaseBackupIsNamed() throws Exception {
    Path program = ClientPrograms.pgDump().resolveSibling("pg_basebackup");
    Process backup =
        new ProcessBuilder(
                program.toString(),
                "-h127.0.0.1",
                "-p" + server.port(),
                "-U" + TestServer.SUPERUSER,
                "-D" + directory.resolve("copy"),
                "--max-rate=32k",
                "--wal-method=none",
                "--checkpoint=fast")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      Eventually.within(
          20,
          () ->
              !server
                  .query("select 1 from pg_stat_progress_basebackup where phase like 'stream%'")
                  .isEmpty());
      assertThatThrownBy(() -> RestartJob.on(server, database).run())
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContainingAll("1 session of no database", "a base backup is running (pid ");
    } finally {
      backup.destroyForcibly().waitFor();
      Eventually.within(
          20, () -> server.query("select 1 from pg_stat_progress_basebackup").isEmpty());
    }
  }

  @Test
  void anExclusiveBackupBelongsToNoSessionAndIsNamed() throws SQLException {
    assumeTrue(server.major() < 15, "there are none from PostgreSQL 15 on");
    server.execute("select pg_start_backup('by hand', true)");
    try {
      assertThatThrownBy(() -> RestartJob.on(server, database).run())
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("an exclusive backup is running");
    } finally {
      server.execute("select pg_stop_backup()");
    }
  }

  @Test
  void consentDoesNotReachProtectedDatabases() throws SQLException {
    String production = server.createDatabase();
    String marked = server.createDatabase();
    server.execute("comment on database " + marked + " is 'pgkill: protected'");
    long before = postmaster();
    try (StubbornClients clients = StubbornClients.of(server, production)) {
      clients.idle();
      RestartJob listed =
          RestartJob.on(server, database)
              .affectOtherSessions()
              .rails(new GuardRails(List.of(), List.of(), List.of(production), List.of(), null));
      assertThatThrownBy(listed::run)
          .isInstanceOf(GuardRefusal.class)
          .hasMessageContaining("database " + production + ", which is protected");
    }
    try (StubbornClients clients = StubbornClients.of(server, marked)) {
      clients.idle();
      assertThatThrownBy(RestartJob.on(server, database).affectOtherSessions()::run)
          .isInstanceOf(GuardRefusal.class)
          .hasMessageContaining("database " + marked + ", which is protected");
    }
    assertThat(postmaster()).isEqualTo(before);
  }

  @Test
  void refusesMoreThanMaxSessions() throws SQLException {
    long before = postmaster();
    try (StubbornClients clients = StubbornClients.of(server, database)) {
      clients.idle(3);
      RestartJob job =
          RestartJob.on(server, database)
              .rails(new GuardRails(List.of(), List.of(), List.of(), List.of(), 2));
      assertThatThrownBy(job::run)
          .isInstanceOf(GuardRefusal.class)
          .hasMessageContaining("3 sessions, more than maxSessions allows (2)");
    }
    assertThat(postmaster()).isEqualTo(before);
  }

  @Test
  void theHostThatAnsweredIsJudgedAndNoOtherOfTheUrl() {
    List<HostAddress> hosts =
        List.of(
            new HostAddress("127.0.0.1", null, server.port()),
            new HostAddress("192.0.2.1", null, 5432));
    Termination rehearsed =
        RestartJob.on(TestConnection.to(server, database).at(hosts))
            .rails(new GuardRails(List.of("192.0.2.1"), List.of(), List.of(), List.of(), null))
            .dryRun()
            .run();
    assertThat(rehearsed.statements()).singleElement().asString().contains("pg_ctl restart -D ");
  }

  @Test
  void aDryRunShowsTheCommandAndTouchesNobody() throws SQLException {
    long before = postmaster();
    try (StubbornClients clients = StubbornClients.of(server, database)) {
      StubbornClients.Client bystander = clients.idle();
      RestartJob job = RestartJob.on(server, database).dryRun();
      Termination rehearsed = job.run();
      assertThat(rehearsed.verdict().status()).isEqualTo(Verdict.Status.DRY_RUN);
      assertThat(rehearsed.victims()).extracting(Session::pid).containsExactly(bystander.pid());
      assertThat(rehearsed.statements())
          .singleElement()
          .asString()
          .contains("pg_ctl restart -D " + server.dataDirectory() + " -m fast -w -t 40 -l ");
      assertThat(job.report().surroundings().steps())
          .extracting(StepResult::status)
          .containsExactly(StepResult.Status.PLANNED);
      assertThat(bystander.alive()).isTrue();
      assertThat(postmaster()).isEqualTo(before);
    }
  }

  @Test
  void anotherInstancesDataDirectoryIsRefused() throws SQLException {
    TestServer neighbour = TestServer.shared();
    long before = postmaster();
    List<String> neighbours = neighbour.query("select pg_postmaster_start_time()");
    assertThatThrownBy(
            RestartJob.on(server, database).dataDirectory(neighbour.dataDirectory().toString())
                ::run)
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContainingAll(
            "dataDirectory is " + neighbour.dataDirectory(), "is in " + server.dataDirectory());
    assertThat(postmaster()).isEqualTo(before);
    assertThat(neighbour.query("select pg_postmaster_start_time()")).isEqualTo(neighbours);
  }

  @Test
  void aRoleThatMayNotAskWhereTheDataIsSeesItOnTheHost() throws SQLException {
    String role = server.createRole("login");
    server.execute("grant pg_read_all_stats to " + role);
    long before = postmaster();
    RestartJob.on(server, database).connection(c -> c.as(role)).run();
    assertThat(postmaster()).isNotEqualTo(before);
  }

  @Test
  void anOpenLockoutSurvivesTheRestart() throws SQLException {
    String app = server.createRole("login");
    LockoutJob lockout = LockoutJob.on(server, database);
    lockout.revoke();
    assertThatThrownBy(() -> server.connect(database, app)).isInstanceOf(SQLException.class);
    RestartJob.on(server, database).run();
    assertThatThrownBy(() -> server.connect(database, app))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("permission denied");
    Eventually.within(
        20, () -> lockout.said().contains("holds the lockout of " + database + " is back"));
    lockout.restore();
    server.connect(database, app).close();
  }

  @Test
  void aCommandThatSucceedsAndRestartsNothingIsAFailure() throws SQLException {
    long before = postmaster();
    RestartJob job =
        RestartJob.on(server, database)
            .command(List.of("sh", "-c", "echo all is well"))
            .readyTimeout(SHORT);
    assertThatThrownBy(job::run)
        .isInstanceOf(PgkillError.class)
        .hasMessageContainingAll(
            "the command succeeded, but nothing restarted: the server has been up since ",
            "the command said: all is well");
    assertThat(postmaster()).isEqualTo(before);
  }

  @Test
  void aCommandThatRestartsItLaterIsWaitedFor() throws SQLException {
    long before = postmaster();
    String later = "{ sleep 1; exec \"$@\"; } >/dev/null 2>&1 &";
    List<String> argv = new ArrayList<>(List.of("sh", "-c", later, "sh"));
    argv.addAll(server.restartCommand());
    RestartJob.on(server, database).command(argv).run();
    assertThat(postmaster()).isNotEqualTo(before);
  }

  @Test
  void whatAFailedCommandSaidIsToldWithoutThePassword() throws SQLException {
    long before = postmaster();
    RestartJob job =
        RestartJob.on(server, database)
            .connection(c -> c.password("s3cret"))
            .command(List.of("sh", "-c", "echo no such thing: s3cret >&2; exit 3"));
    assertThatThrownBy(job::run)
        .isInstanceOf(PgkillError.class)
        .hasMessageContainingAll("ended with exit code 3", "no such thing: ***", "not restarted")
        .hasMessageNotContaining("s3cret");
    assertThat(job.report().surroundings().steps())
        .extracting(StepResult::status, StepResult::exitCode)
        .containsExactly(tuple(StepResult.Status.FAILED, 3));
    assertThat(postmaster()).isEqualTo(before);
  }

  @Test
  @Tag("slow")
  void aCommandThatHangsIsEndedWithItsChildren() throws Exception {
    Path pid = directory.resolve("pid");
    RestartJob job =
        RestartJob.on(server, database)
            .command(List.of("sh", "-c", "sleep 600 & echo $! > \"$0\"; wait", pid.toString()))
            .readyTimeout(Duration.ofMillis(200));
    assertThatThrownBy(job::run)
        .isInstanceOf(PgkillError.class)
        .hasMessageContaining("was ended, with its children");
    long child = Long.parseLong(Files.readString(pid).trim());
    Eventually.within(20, () -> ProcessHandle.of(child).filter(ProcessHandle::isAlive).isEmpty());
  }

  @Test
  void aRestartThatFailsHalfWayTellsWhatTheServerLogged() throws Exception {
    try (TestServer broken = TestServer.startAsOwner(Map.of())) {
      Files.writeString(
          broken.dataDirectory().resolve("postgresql.conf"),
          "max_connections = plenty\n",
          StandardOpenOption.APPEND);
      RestartJob job = RestartJob.on(broken, TestServer.SUPERUSER).rails(allowing("postgres"));
      assertThatThrownBy(job::run)
          .isInstanceOf(PgkillError.class)
          .hasMessageContainingAll(
              "ended with exit code 1",
              "could not start server",
              "the server is down",
              "invalid value for parameter \"max_connections\": \"plenty\"",
              "contains errors");
    }
  }

  @Test
  @Tag("slow")
  void anotherServerInItsPlaceIsAnError() {
    try (TestServer one = TestServer.startAsOwner(Map.of());
        TestServer two = TestServer.startAsOwner(Map.of())) {
      String replace =
          StandInPrograms.quoted(one.command("pg_ctl", "stop", "-w", "-D" + one.dataDirectory()))
              + " && "
              + StandInPrograms.quoted(
                  two.command(
                      "pg_ctl",
                      "restart",
                      "-w",
                      "-D" + two.dataDirectory(),
                      "-l" + two.dataDirectory().resolve("log.txt"),
                      "-o-p " + one.port()));
      RestartJob job =
          RestartJob.on(one, TestServer.SUPERUSER)
              .rails(allowing("postgres"))
              .command(List.of("sh", "-c", replace));
      assertThatThrownBy(job::run)
          .isInstanceOf(PgkillError.class)
          .hasMessageContainingAll(
              "another server answers now: system identifier ", "before it was");
    }
  }

  @ParameterizedTest
  @Tag("slow")
  @EnumSource(ShutdownMode.class)
  void sessionsStuckInTransactions(ShutdownMode mode) throws Exception {
    int stuck = mode == ShutdownMode.FAST ? 200 : 20;
    try (TestServer full = TestServer.startAsOwner(Map.of("max_connections", "230"));
        StubbornClients clients = StubbornClients.of(full, full.createDatabase())) {
      String target =
          full.query("select max(datname) from pg_database where datname ~ '^db_'").get(0);
      full.execute(target, "create table t (i int)");
      clients.to(target).holdingLock("t");
      for (int i = 1; i < stuck; i++) {
        clients.to(target).idleInTransaction();
      }
      String before = full.query("select pg_postmaster_start_time()").get(0);
      RestartJob job = RestartJob.on(full, target).mode(mode);
      if (mode == ShutdownMode.SMART) {
        assertThatThrownBy(job.readyTimeout(Duration.ofSeconds(2))::run)
            .isInstanceOf(PgkillError.class)
            .hasMessageContainingAll("server does not shut down", "the server is down")
            .satisfies(e -> assertThat(remedy(e)).contains("shutdownMode=fast"));
        assertThat(job.report().surroundings().alsoHit()).isEmpty();
        // it lets nobody in any more, who could see that the clients are gone
        full.close();
        return;
      }
      assertThat(job.run().results()).hasSize(stuck);
      assertThat(full.query("select pg_postmaster_start_time()").get(0)).isNotEqualTo(before);
      assertThat(full.log()).contains("received " + mode.word() + " shutdown request");
    }
  }

  private static GuardRails allowing(String database) {
    return new GuardRails(List.of(), List.of(), List.of(), List.of(database), null);
  }

  private static String remedy(Throwable e) {
    return ((PgkillException) e).remedy().orElse("");
  }

  /** The server of now; asked without a connection, which would be somebody's session. */
  private static long postmaster() {
    return server.postmasterPid();
  }
}
