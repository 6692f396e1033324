package io.github.pgkill.job.terminate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.RawClient;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.StubbornClients.Client;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/** Sessions that come while others go: pools that reconnect, clients in the middle of a login. */
@Tag("slow")
class NewcomersTest {

  /** The autovacuum workers of this server come soon and take their time. */
  private static final Map<String, String> SETTINGS =
      Map.of(
          "autovacuum_naptime", "1s",
          "autovacuum_vacuum_cost_delay", "100ms",
          "autovacuum_vacuum_cost_limit", "1");

  private static TestServer server;

  private String database;
  private StubbornClients clients;

  @BeforeAll
  static void start() throws SQLException {
    server = TestServer.start(SETTINGS, List.of("host all slow 127.0.0.1/32 password"));
    server.execute("create role slow login password 'typed at last'");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void open() throws SQLException {
    database = server.createDatabase();
    clients = StubbornClients.of(server, database);
  }

  @AfterEach
  void close() throws SQLException {
    clients.close();
  }

  @Test
  void stormIsAFailureThatNamesTheReason() {
    clients.storm(5);

    Termination termination =
        job().timeout(Duration.ofSeconds(2)).quietPeriod(Duration.ofSeconds(1)).run();

    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.FAILURE);
    assertThat(termination.results()).anyMatch(SessionResult::newcomer);
    assertThat(termination.results()).filteredOn(result -> !result.newcomer()).hasSize(5);
    assertThat(termination.verdict().summary())
        .startsWith("sessions keep coming back to database " + database)
        .containsPattern("\\d+ newcomers within 2s");
    assertThat(termination.remedy()).contains("Stop the program that reconnects");
  }

  @Test
  void stormThatCalmsDownIsASuccess() {
    StubbornClients passing = StubbornClients.of(server, database);
    StubbornClients.Storm storm = passing.storm(3);
    CompletableFuture.runAsync(
        () -> {
          Eventually.within(20, () -> storm.connections() > 10);
          closeQuietly(passing);
        });

    Termination termination = job().quietPeriod(Duration.ofSeconds(2)).run();

    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(termination.results()).anyMatch(SessionResult::newcomer);
    assertThat(termination.results()).allMatch(result -> result.outcome().ended());
  }

  private static void closeQuietly(StubbornClients clients) {
    try {
      clients.close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void onlyWhoCameAfterTheFirstSelectionIsANewcomer() throws SQLException {
    Client first = clients.idle();
    CompletableFuture<Connection> second =
        CompletableFuture.supplyAsync(
            () -> {
              Eventually.within(20, () -> !first.alive());
              return connected();
            });

    Termination termination = job().quietPeriod(Duration.ofSeconds(2)).run();

    try (Connection connection = second.join()) {
      int pid = connection.unwrap(PGConnection.class).getBackendPID();
      assertThat(termination.results())
          .filteredOn(result -> result.session().pid() == pid)
          .singleElement()
          .satisfies(
              newcomer -> {
                assertThat(newcomer.newcomer()).isTrue();
                assertThat(newcomer.outcome().word()).isEqualTo("gone");
              });
      assertThat(server.query("select 1 from pg_stat_activity where pid = ?", pid)).isEmpty();
    }
    assertThat(TestJob.resultOf(termination, first.id()).newcomer()).isFalse();
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
  }

  /** A session that asks for nothing: the goal may end it at any moment, even while it begins. */
  private Connection connected() {
    try {
      return TestServer.connectInSpiteOf(
          "57P01", () -> server.connect(database, TestServer.SUPERUSER));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void clientAtThePasswordPromptDoesNotHoldTheGoal() throws IOException, SQLException {
    try (RawClient prompted = atThePrompt()) {
      Client victim = clients.idle();
      long start = System.nanoTime();

      Termination nobody = TestJob.on(server, server.createDatabase()).run();
      Termination somebody = job().run();

      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(40));
      assertThat(nobody.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
      assertThat(somebody.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
      assertThat(TestJob.pids(somebody)).containsExactly(victim.pid());
      prompted.password("typed at last").awaitReady().run("select 1");
    }
  }

  @Test
  void clientThatLogsInDuringTheQuietPeriodIsCaught() throws IOException, SQLException {
    Client first = clients.idle();
    try (RawClient prompted = atThePrompt()) {
      CompletableFuture<Integer> pid =
          CompletableFuture.supplyAsync(
              () -> {
                Eventually.within(20, () -> !first.alive());
                return login(prompted);
              });

      Termination termination = job().quietPeriod(Duration.ofSeconds(2)).run();

      assertThat(TestJob.pids(termination)).containsExactly(first.pid(), pid.join());
      assertThat(termination.results().get(1).newcomer()).isTrue();
      assertThat(server.query("select 1 from pg_stat_activity where pid = ?", pid.join()))
          .isEmpty();
    }
  }

  @Test
  void clientThatWasLoggingInWhenNobodyElseWasThereIsCaught() throws IOException {
    try (RawClient prompted = atThePrompt()) {
      TestJob job = job().quietPeriod(Duration.ZERO);
      CompletableFuture<Integer> pid =
          CompletableFuture.supplyAsync(
              () -> {
                Eventually.within(20, () -> !job.lines().isEmpty());
                // whether the goal has looked by then or not, it has to wait for this client
                LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
                return login(prompted);
              });

      Termination termination = job.run();

      assertThat(TestJob.pids(termination)).containsExactly(pid.join());
      assertThat(termination.results().get(0).outcome().word()).isEqualTo("gone");
    }
  }

  private RawClient atThePrompt() throws IOException {
    return RawClient.tcp(server)
        .startUp(Map.of("user", "slow", "database", database))
        .awaitPrompt();
  }

  private static int login(RawClient client) {
    try {
      return client.password("typed at last").awaitReady().pid();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void autovacuumIsLeftAloneUnlessAskedFor() throws SQLException {
    server.execute(
        database,
        "create table worn with (autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor"
            + " = 0) as select g, repeat('x', 500) from generate_series(1, 20000) g;"
            + "delete from worn where g % 2 = 0");
    String worker =
        "select pid from pg_stat_activity where backend_type = 'autovacuum worker' and datname = '"
            + database
            + "'";
    Eventually.within(20, () -> !server.query(worker).isEmpty());
    String pid = server.query(worker).get(0);

    assertThat(job().run().results()).isEmpty();
    assertThat(server.query(worker)).contains(pid);

    Termination termination =
        job()
            .filter(
                f ->
                    f.backendTypes(List.of("autovacuum worker"))
                        .pids(List.of(Integer.valueOf(pid))))
            .run();
    assertThat(TestJob.pids(termination)).containsExactly(Integer.valueOf(pid));
    assertThat(server.query(worker)).doesNotContain(pid);
  }

  private TestJob job() {
    return TestJob.on(server, database);
  }
}
