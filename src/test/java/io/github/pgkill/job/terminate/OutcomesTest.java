package io.github.pgkill.job.terminate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.sessions.Exclusion;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.model.value.NamePattern;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerConnector;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.Looks;
import io.github.pgkill.testing.RawClient;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.StubbornClients.Client;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of each kind of session, and what the goal may say then. */
@Tag("core")
class OutcomesTest {

  private static final TestServer SERVER = TestServer.shared();

  private String database;
  private StubbornClients clients;

  @BeforeEach
  void open() throws SQLException {
    database = SERVER.createDatabase();
    clients = StubbornClients.of(SERVER, database);
  }

  @AfterEach
  void close() throws SQLException {
    clients.close();
  }

  @Test
  void everyKindOfSessionIsGoneAndNobodyElse() throws SQLException {
    SERVER.execute(database, "create table held()");
    List<Client> victims =
        List.of(
            clients.idle(),
            clients.idleInTransaction(),
            clients.idleInAbortedTransaction(),
            clients.active(),
            clients.holdingLock("held"),
            clients.waitingForLock("held"));
    Client bystander = clients.to(SERVER.createDatabase()).active();

    Termination termination = job().run();

    for (Client victim : victims) {
      assertThat(TestJob.outcomeOf(termination, victim)).isEqualTo("gone");
      assertThat(victim.alive()).isFalse();
    }
    assertThat(termination.results()).hasSize(victims.size()).noneMatch(SessionResult::newcomer);
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(termination.remedy()).isNull();
    assertThat(bystander.alive()).isTrue();
  }

  /** A pool comes back the moment it may; the goal says so once, and names what helps. */
  @Test
  void whoeverIsBackOnceTheDatabaseIsOpenIsSaidInsteadOfNobody() throws SQLException {
    clients.idle();
    List<Client> back = new ArrayList<>();

    Termination termination =
        job()
            .closeWith(CloseWith.ALLOW_CONNECTIONS)
            .listener(
                line -> {
                  if (line.endsWith(" is open again")) {
                    back.add(connected());
                  }
                })
            .run();

    assertThat(back).hasSize(1);
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(termination.verdict().summary())
        .contains("since it is open again, 1 session is back: pid " + back.get(0).pid())
        .doesNotContain("none came back");
    assertThat(termination.verdict().remarks())
        .singleElement()
        .asString()
        .contains("-Dpgkill.keepClear=true");
  }

  private Client connected() {
    try {
      return clients.idle();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void stoppedProcessSurvives() throws Exception {
    Client stopped = clients.idle();
    Client other = clients.idle();
    signal("-STOP", stopped);
    try {
      Termination termination = job().timeout(Duration.ofMillis(400)).run();

      SessionResult result = TestJob.resultOf(termination, stopped.id());
      assertThat(result.outcome()).isInstanceOf(Outcome.Survived.class);
      assertThat(((Outcome.Survived) result.outcome()).after())
          .isBetween(Duration.ofMillis(300), Duration.ofSeconds(20));
      assertThat(TestJob.outcomeOf(termination, other)).isEqualTo("gone");
      assertThat(stopped.alive()).isTrue();
      assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.FAILURE);
      assertThat(termination.verdict().summary()).contains("still there: pid " + stopped.pid());
      assertThat(termination.remedy()).contains("-Dpgkill.timeout");
    } finally {
      signal("-CONT", stopped);
    }
    Eventually.within(20, () -> !stopped.alive());
  }

  private static void signal(String signal, Client client) throws Exception {
    Process kill =
        new ProcessBuilder("kill", signal, Integer.toString(client.pid())).inheritIO().start();
    assertThat(kill.waitFor()).isZero();
  }

  @Test
  void drainLetsSessionsEndByThemselves() throws SQLException {
    Client leaving = clients.idle();
    TestJob job = job().drain(Duration.ofSeconds(8));
    disconnectWhileDraining(leaving);

    Termination termination = job.run();

    assertThat(TestJob.outcomeOf(termination, leaving)).isEqualTo("already gone");
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
  }

  @Test
  void drainEndsAndThenSessionsDo() throws SQLException {
    Client leaving = clients.idle();
    Client staying = clients.idle();
    TestJob job = job().drain(Duration.ofMillis(2500));
    disconnectWhileDraining(leaving);

    Termination termination = job.run();

    assertThat(TestJob.outcomeOf(termination, leaving)).isEqualTo("already gone");
    SessionResult result = TestJob.resultOf(termination, staying.id());
    assertThat(result.outcome()).isInstanceOf(Outcome.Gone.class);
    assertThat(result.signalledAt()).isGreaterThanOrEqualTo(Duration.ofMillis(2500));
  }

  private static void disconnectWhileDraining(Client client) {
    CompletableFuture.runAsync(
        () -> {
          Looks.begun(SERVER, Looks.FOR_WHO_IS_LEFT);
          disconnect(client);
        });
  }

  private static void disconnect(Client client) {
    try {
      client.connection().close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void cancelFirstLetsQueriesFailBeforeTheirSessions() throws SQLException {
    Client cancelled = clients.active();

    assertThat(TestJob.outcomeOf(job().cancelFirst().run(), cancelled)).isEqualTo("gone");
    assertThat(failureOf(cancelled).getSQLState()).isEqualTo("57014");

    Client terminated = clients.active();
    assertThat(TestJob.outcomeOf(job().run(), terminated)).isEqualTo("gone");
    assertThat(failureOf(terminated).getSQLState()).isEqualTo("57P01");
  }

  private static SQLException failureOf(Client client) {
    Eventually.within(20, () -> client.failure().isPresent());
    return client.failure().orElseThrow();
  }

  @Test
  void moreThanMaxSessionsTouchesNobody() throws SQLException {
    List<Client> three = clients.idle(3);

    assertThatThrownBy(() -> job().maxSessions(2).run())
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("3 sessions selected")
        .hasMessageContaining("(2)")
        .hasMessageContaining("nothing was touched")
        .satisfies(
            e -> assertThat(((GuardRefusal) e).remedy().orElseThrow()).contains("maxSessions=3"));
    for (Client client : three) {
      assertThat(client.alive()).isTrue();
    }
    assertThat(job().maxSessions(3).run().results()).hasSize(3);
  }

  @Test
  void dryRunTouchesNobodyAndItsStatementEndsExactlyOne() throws SQLException {
    Client one = clients.active();
    Client other = clients.idle();
    Client spared = clients.as(TestServer.SUPERUSER, "pg_dump").idle();

    Termination termination = job().drain(Duration.ofSeconds(8)).cancelFirst().dryRun().run();

    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.DRY_RUN);
    assertThat(termination.victims())
        .extracting("pid")
        .containsExactlyInAnyOrder(one.pid(), other.pid());
    assertThat(TestJob.outcomeOf(termination, spared)).isEqualTo("excluded");
    assertThat(one.failure()).isEmpty();
    assertThat(one.alive() && other.alive() && spared.alive()).isTrue();

    assertThat(termination.statements()).hasSize(2);
    String statement =
        termination.statements().stream()
            .filter(sql -> sql.contains("(" + other.pid() + ")"))
            .findFirst()
            .orElseThrow();
    assertThat(SERVER.query(statement.replaceAll("'\\d{4}-", "'1999-"))).isEmpty();
    assertThat(other.alive()).isTrue();
    assertThat(SERVER.query(statement)).containsExactly("t");
    Eventually.within(20, () -> !other.alive());
    assertThat(one.alive() && spared.alive()).isTrue();
  }

  @Test
  void nobodyToTerminateIsQuietAtOnce() {
    long start = System.nanoTime();

    Termination termination = job().quietPeriod(Duration.ofMinutes(2)).run();

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMinutes(1));
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(termination.verdict().summary())
        .isEqualTo("no session of database " + database + " to terminate");
  }

  @Test
  void filterThatMatchesNobodyEndsNobody() throws SQLException {
    Client client = clients.idle();

    Termination termination = job().filter(f -> f.sessionUsers(List.of("nobody"))).run();

    assertThat(termination.results()).isEmpty();
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(client.alive()).isTrue();
  }

  @Test
  void missingDatabaseIsToldWithItsNearestName() {
    String typo = database + "x";

    assertThatThrownBy(() -> TestJob.on(SERVER, typo).run())
        .isInstanceOf(PgkillFailure.class)
        .hasMessage("there is no database " + typo + " on this server")
        .satisfies(
            e ->
                assertThat(((PgkillFailure) e).remedy().orElseThrow())
                    .containsPattern("Did you mean -Dpgkill\\.database=\\S+\\?")
                    .contains("failIfDatabaseMissing=false"));

    Termination termination = TestJob.on(SERVER, typo).missingDatabaseIsFine().run();
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(termination.verdict().summary()).contains("there is no database " + typo);
  }

  @ParameterizedTest
  @ValueSource(strings = {"pg_dump", "pgBackRest [backup]", "barman_streaming_backup", "wal-g"})
  void backupToolIsSparedAndReportedWithItsLocks(String tool) throws SQLException {
    SERVER.execute(database, "create table saved()");
    Client backup = clients.as(TestServer.SUPERUSER, tool).holdingLock("saved");
    Client victim = clients.idle();

    Termination termination = job().run();

    SessionResult result = TestJob.resultOf(termination, backup.id());
    assertThat(result.outcome()).isEqualTo(new Outcome.Excluded(Exclusion.BACKUP_TOOL));
    assertThat(result.holdsLocks()).isTrue();
    assertThat(backup.alive()).isTrue();
    assertThat(TestJob.outcomeOf(termination, victim)).isEqualTo("gone");
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(termination.verdict().remarks())
        .singleElement()
        .asString()
        .contains("1 spared session holds locks", "pid " + backup.pid());
  }

  @Test
  void exclusionWinsOverSelection() throws SQLException {
    Client client = clients.as(TestServer.SUPERUSER, "both").idle();

    Termination termination =
        job()
            .filter(
                f ->
                    f.applicationNames(List.of(new NamePattern("both", false)))
                        .excludeApplicationNames(List.of(new NamePattern("b.t", true))))
            .run();

    assertThat(TestJob.resultOf(termination, client.id()).outcome())
        .isEqualTo(new Outcome.Excluded(Exclusion.EXCLUDE_APPLICATION_NAMES));
    assertThat(client.alive()).isTrue();
  }

  @Test
  void longQueryIsMatchedByItsBeginningAndThatIsSaid() throws SQLException {
    Client client = clients.idle();
    try (Statement statement = client.connection().createStatement()) {
      statement.execute("select 'start' /* " + "x".repeat(2000) + " */, 'end'");
    }

    TestJob beyond = job().filter(f -> f.queryPattern("'end'"));
    assertThat(beyond.run().results()).isEmpty();
    assertThat(client.alive()).isTrue();

    TestJob within = job().filter(f -> f.queryPattern("'start'"));
    assertThat(TestJob.outcomeOf(within.run(), client)).isEqualTo("gone");
    assertThat(within.lines())
        .anyMatch(line -> line.startsWith("WARN ") && line.contains("track_activity_query_size"));
  }

  @Test
  void longQueryIsWarnedOfWhenThePatternMayHaveMissedIt() throws SQLException {
    Client client = clients.idle();
    try (Statement statement = client.connection().createStatement()) {
      statement.execute("select 'start' /* " + "x".repeat(2000) + " */, 'end'");
    }

    TestJob spared = job().filter(f -> f.excludeQueryPattern("'end'"));
    spared.run();

    assertThat(spared.lines())
        .anyMatch(line -> line.startsWith("WARN ") && line.contains("pid " + client.pid()));
  }

  @Test
  void ownSessionsAreNeverTouchedEvenInsideTheTarget() throws SQLException {
    TestConnection inside = TestConnection.to(SERVER, database).through(database);
    Client victim = clients.idle();
    try (Server ours = ServerConnector.toLook(inside.settings()).connect()) {
      Termination termination = job().connection(c -> c.through(database)).run();

      assertThat(TestJob.pids(termination)).containsExactly(victim.pid());
      assertThat(TestJob.outcomeOf(termination, victim)).isEqualTo("gone");
      assertThat(ours.databaseNames()).contains(database);
      assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "say \"hi\"",
        "o'brien",
        "UPPER case",
        "日本 ünïcödé",
        "a/b?c&d=e",
        "100%",
        "back\\slash",
        "-"
      })
  void databaseOfAnyNameIsTheOneMeant(String unusual) throws SQLException {
    String name = unusual + " " + database;
    SERVER.execute("create database \"" + name.replace("\"", "\"\"") + "\"");
    Properties login = new Properties();
    login.setProperty("user", TestServer.SUPERUSER);
    login.setProperty("PGDBNAME", name);
    Client bystander = clients.idle();
    try (Connection victim = SERVER.connect("", login);
        Server inside =
            ServerConnector.toLook(TestConnection.to(SERVER, name).through(name).settings())
                .connect()) {
      assertThat(inside.info().connectedTo()).isEqualTo(name);

      Termination termination = TestJob.on(SERVER, name).run();

      assertThat(termination.results())
          .singleElement()
          .extracting(result -> result.session().database(), result -> result.outcome().word())
          .containsExactly(name, "gone");
      assertThat(victim.isValid(5)).isFalse();
      assertThat(bystander.alive()).isTrue();
    }
  }

  @Test
  void parallelWorkersEndWithTheirLeader() throws SQLException {
    SERVER.execute(
        database, "create table wide as select g from generate_series(1, 2000) g; analyze wide");
    Client leader = clients.idle();
    try (Statement statement = leader.connection().createStatement()) {
      statement.execute(
          "set parallel_setup_cost = 0; set parallel_tuple_cost = 0;"
              + "set min_parallel_table_scan_size = 0; set max_parallel_workers_per_gather = 2");
    }
    CompletableFuture<Void> query =
        CompletableFuture.runAsync(
            () -> {
              try (Statement statement = leader.connection().createStatement()) {
                statement.execute("select count(pg_sleep(0.1)) from wide");
              } catch (SQLException expected) {
                return;
              }
              throw new IllegalStateException("nobody ended it");
            });
    // PostgreSQL 10 does not tell them from other workers
    String workers =
        "select pid from pg_stat_activity"
            + " where backend_type in ('parallel worker', 'background worker') and datname = '"
            + database
            + "'";
    Eventually.within(20, () -> !SERVER.query(workers).isEmpty());

    Termination termination = job().run();

    assertThat(TestJob.pids(termination)).containsExactly(leader.pid());
    assertThat(TestJob.outcomeOf(termination, leader)).isEqualTo("gone");
    Eventually.within(20, () -> SERVER.query(workers).isEmpty());
    query.join();
  }

  @Test
  void replicationIsLeftAloneUnlessAskedFor() throws IOException, SQLException {
    try (RawClient walsender =
        RawClient.tcp(SERVER)
            .startUp(
                Map.of(
                    "user", TestServer.SUPERUSER, "database", database, "replication", "database"))
            .awaitReady()) {
      String alive = "select 1 from pg_stat_activity where pid = ?";

      assertThat(job().run().results()).isEmpty();
      assertThat(SERVER.query(alive, walsender.pid())).isNotEmpty();

      Termination termination = job().filter(f -> f.backendTypes(List.of("walsender"))).run();
      assertThat(TestJob.pids(termination)).containsExactly(walsender.pid());
      assertThat(SERVER.query(alive, walsender.pid())).isEmpty();
    }
  }

  private TestJob job() {
    return TestJob.on(SERVER, database);
  }
}
