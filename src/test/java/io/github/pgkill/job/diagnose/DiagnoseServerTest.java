package io.github.pgkill.job.diagnose;

import static io.github.pgkill.testing.DiagnoseJob.concerning;
import static io.github.pgkill.testing.DiagnoseJob.only;
import static io.github.pgkill.testing.DiagnoseJob.stopping;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.diagnose.Blocker.Kind;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.testing.ContainedServer;
import io.github.pgkill.testing.DiagnoseJob;
import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.RawClient;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.StubbornClients.Client;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is in the way anywhere on a server, and what a managed service's role is told. */
@Tag("slow")
@Tag("newest")
final class DiagnoseServerTest {

  private static final TestServer SERVER =
      TestServer.start(
          Map.of("autovacuum_naptime", "1s"), List.of("host all prompted 127.0.0.1/32 password"));

  private String database;

  @BeforeAll
  static void createRoles() throws SQLException {
    SERVER.execute("create role prompted login password 'x'");
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @BeforeEach
  void createDatabase() throws SQLException {
    database = SERVER.createDatabase();
  }

  private DiagnoseJob job() {
    return DiagnoseJob.on(SERVER, database);
  }

  @Test
  void aClientAtThePasswordPromptStallsADropFrom15On() throws SQLException, IOException {
    String owner = SERVER.createRole("login");
    SERVER.execute("alter database " + database + " owner to " + owner);
    try (RawClient hanging = RawClient.tcp(SERVER)) {
      hanging.startUp(Map.of("user", "prompted", "database", "postgres")).awaitPrompt();
      GoalReport report = job().as(owner).run(Intent.DROP);
      Blocker login = only(report, Kind.LOGIN);
      assertThat(login.stops()).isEqualTo(SERVER.major() >= 15);
      assertThat(login.refusal().words()).contains("only a superuser may end it");
      if (SERVER.major() >= 15) {
        // the goal's own words
        assertThatThrownBy(
                () -> DropJobs.on(SERVER, database).as(owner).timeout(Duration.ofSeconds(2)).drop())
            .isInstanceOf(PgkillFailure.class)
            .hasMessageContaining("a client hangs while logging in (process " + login.pid() + ")");
      }
      assertThat(stopping(job().run(Intent.CLEAN))).isEmpty();
      report = job().run(Intent.DROP);
      job().type(report, TestServer.SUPERUSER);
      assertGone();
    }
  }

  @Test
  void aStoppedProcessOfWhicheverDatabaseIsSeenOnItsHost() throws SQLException {
    assumeTrue(Files.isDirectory(Path.of("/proc/self")), "needs Linux's /proc");
    try (StubbornClients elsewhere = StubbornClients.of(SERVER, "postgres")) {
      Client stopped = elsewhere.idle();
      stopped.freeze();
      try {
        GoalReport report = job().run(Intent.DROP);
        Blocker process = only(report, Kind.STOPPED_PROCESS);
        assertThat(process.pid()).isEqualTo(stopped.pid());
        assertThat(process.stops()).isEqualTo(SERVER.major() >= 15);
        assertThat(stopping(job().run(Intent.RESTART))).containsExactly(Kind.STOPPED_PROCESS);
        if (process.stops()) {
          assertThat(DiagnoseJob.plan(report)).first().isEqualTo("kill -CONT " + stopped.pid());
        }
        job().type(report, TestServer.SUPERUSER);
        assertGone();
      } finally {
        stopped.thaw();
      }
    }
  }

  @Test
  void whereItsProcessesCannotBeSeenTheNoteSaysWhy() throws IOException {
    assumeTrue(Files.isDirectory(Path.of("/proc/self")), "needs Linux's namespaces");
    try (ContainedServer contained = ContainedServer.start()) {
      GoalReport report =
          DiagnoseJob.on(contained.server(), TestServer.SUPERUSER).run(Intent.RESTART);
      assertThat(report.verdict().remarks())
          .singleElement()
          .asString()
          .startsWith("whether a process of the server is stopped cannot be told by SQL")
          .containsPattern(
              "cannot be seen from here: .*(not to be seen on this machine|not provably the server)");
    }
  }

  @Test
  void aBaseBackupIsInTheWayOfARestartOnly() throws SQLException, IOException {
    try (RawClient backup = RawClient.tcp(SERVER)) {
      backup
          .startUp(
              Map.of(
                  "user", TestServer.SUPERUSER, "replication", "true", "application_name", "copy"))
          .awaitReady()
          .send(SERVER.major() >= 15 ? "BASE_BACKUP (CHECKPOINT 'fast')" : "BASE_BACKUP FAST");
      Eventually.within(
          30,
          () ->
              !SERVER.query("select 1 from pg_stat_replication where state = 'backup'").isEmpty());
      GoalReport report = job().run(Intent.RESTART);
      assertThat(stopping(report)).containsExactly(Kind.BASE_BACKUP);
      assertThat(only(report, Kind.BASE_BACKUP).what())
          .startsWith("base backup by pid " + backup.pid() + " of postgres/copy from 127.0.0.1:");
      report = job().run(Intent.DROP);
      assertThat(stopping(report)).isEmpty();
      assertThat(concerning(report)).containsExactly(Kind.BASE_BACKUP);
    }
  }

  @Test
  void aRestartTakesTheCommandThatWasPrinted() throws SQLException {
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      Client client = clients.idle();
      GoalReport report = job().run(Intent.RESTART);
      assertThat(stopping(report)).isEmpty();
      List<String> before = SERVER.query("select pg_postmaster_start_time()::text");
      job().type(report, TestServer.SUPERUSER);
      assertThat(SERVER.query("select pg_postmaster_start_time()::text")).isNotEqualTo(before);
      assertThat(client.alive()).isFalse();
    }
  }

  @Test
  void vacuumingToPreventWraparoundGivesWayToNobody() throws SQLException {
    // an ordinary vacuum would come first and be at it still; this kind ignores the switch
    SERVER.execute(
        database,
        "create table old (filler text) with (autovacuum_enabled = false,"
            + " autovacuum_vacuum_cost_delay = 100,"
            + " autovacuum_vacuum_cost_limit = 1, autovacuum_freeze_max_age = 100000);"
            + " insert into old select repeat('x', 1000) from generate_series(1, 5000)");
    SERVER.execute(
        database,
        "do 'begin for i in 1..110000 loop perform txid_current(); commit; end loop; end'");
    String worker =
        "select pid from pg_stat_activity where datname = ? and query like '%old (to prevent%'";
    Eventually.within(120, () -> !SERVER.query(worker, database).isEmpty());
    GoalReport report = job().run(Intent.ALTER);
    Blocker vacuum = only(report, Kind.AUTOVACUUM);
    assertThat(vacuum.stops()).isTrue();
    assertThat(vacuum.what())
        .startsWith("pid " + vacuum.pid() + " of autovacuum worker, ")
        .contains("locks public.old (ShareUpdateExclusiveLock)");
    // the server ends it itself when somebody drops the database
    GoalReport drop = job().run(Intent.DROP);
    assertThat(stopping(drop)).isEmpty();
    job().type(report, TestServer.SUPERUSER);
    Eventually.within(
        30,
        () -> SERVER.query("select 1 from pg_stat_activity where pid = ?", vacuum.pid()).isEmpty());
    job().type(drop, TestServer.SUPERUSER);
    assertGone();
  }

  @Test
  void aBackgroundWorkerIsToldApartFromASession() throws SQLException {
    String publisher = SERVER.createDatabase();
    SERVER.execute(publisher, "create publication p for all tables");
    SERVER.execute(publisher, "select pg_create_logical_replication_slot('s', 'pgoutput')");
    SERVER.execute(
        database,
        "create subscription s connection 'host=127.0.0.1 port="
            + SERVER.port()
            + " user=postgres dbname="
            + publisher
            + "' publication p with (connect=false, slot_name=s)");
    SERVER.execute(database, "alter subscription s enable");
    Eventually.within(
        60,
        () ->
            !SERVER
                .query("select 1 from pg_replication_slots where slot_name = 's' and active")
                .isEmpty());
    GoalReport report = job().run(Intent.DROP);
    assertThat(stopping(report)).containsExactly(Kind.SUBSCRIPTION, Kind.BACKGROUND_WORKER);
    assertThat(only(report, Kind.BACKGROUND_WORKER).what()).startsWith("logical replication ");
    assertThat(stopping(DiagnoseJob.on(SERVER, publisher).run(Intent.DROP)))
        .containsExactly(Kind.REPLICATION_SLOT, Kind.SESSION);
    SERVER.execute(database, "alter subscription s disable");
    SERVER.execute(database, "alter subscription s set (slot_name = none)");
    SERVER.execute(database, "drop subscription s");
    Eventually.within(30, () -> stopping(job().run(Intent.DROP)).isEmpty());
  }

  @Test
  void aManagedServicesRoleIsToldWhatItMayAndMayNot() throws SQLException {
    SERVER.execute("create role rds_superuser nologin");
    String admin =
        SERVER.createRole(
            "login createrole createdb in role rds_superuser, pg_signal_backend, pg_monitor");
    String app = SERVER.createRole("login");
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      Client ordinary = clients.as(app, "pool").idle();
      Client provider = clients.as(TestServer.SUPERUSER, "agent").idle();
      SERVER.execute(database, "begin; create table t (); prepare transaction 'of the provider'");
      GoalReport report = job().as(admin).run(Intent.DROP);
      Map<Integer, String> refusals = new HashMap<>();
      report
          .surroundings()
          .blockers()
          .forEach(b -> refusals.put(b.pid(), b.refusal() == null ? null : b.refusal().words()));
      assertThat(refusals.get(ordinary.pid())).isNull();
      assertThat(refusals.get(provider.pid())).contains("belongs to the provider");
      assertThat(only(report, Kind.PRIVILEGE).refusal().words()).contains("GRANT \"postgres\" TO");
      assertThat(only(report, Kind.PREPARED_TRANSACTION).refusal().words())
          .contains("only role postgres or a superuser may end it");
      assertThat(only(report, Kind.PROTECTION).what())
          .contains("it has the managed service's role rds_superuser");
      assertThat(report.verdict().summary()).contains("this role could clear 1 of them");
    } finally {
      SERVER.execute(database, "rollback prepared 'of the provider'");
      SERVER.execute("drop role rds_superuser");
    }
  }

  /** What is foreseen is what happens, role by role. */
  @Test
  void whatIsForeseenOfASignalIsWhatTheServerDoes() throws SQLException {
    String superuser = SERVER.createRole("login superuser");
    String app = SERVER.createRole("login");
    Map<String, String> victims = Map.of("superuser", superuser, "app", app);
    for (String options :
        List.of(
            "login",
            "login in role pg_read_all_stats",
            "login in role pg_signal_backend",
            "login in role pg_signal_backend, pg_read_all_stats",
            "login noinherit in role pg_signal_backend, pg_read_all_stats",
            "login in role " + app,
            "login noinherit in role " + app,
            "login superuser")) {
      String role = SERVER.createRole(options);
      for (String victim : victims.values()) {
        try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
          Client client = clients.as(victim, "victim").idle();
          GoalReport report = job().as(role).run(Intent.DROP);
          boolean foreseen = only(report, Kind.SESSION).refusal() == null;
          Termination done =
              TestJob.on(SERVER, database)
                  .as(role)
                  .rails(
                      new GuardRails(
                          List.of(),
                          SERVER.query("select system_identifier::text from pg_control_system()"),
                          List.of(),
                          List.of(),
                          null))
                  .run();
          String outcome = TestJob.outcomeOf(done, client);
          assertThat(outcome)
              .as("%s ends a session of %s", options, victim)
              .isEqualTo(foreseen ? "gone" : "refused");
        }
      }
    }
  }

  private void assertGone() throws SQLException {
    assertThat(SERVER.query("select 1 from pg_database where datname = ?", database)).isEmpty();
  }
}
