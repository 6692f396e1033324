package io.github.pgkill.job.terminate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.report.html.HtmlReport;
import io.github.pgkill.report.json.JsonReport;
import io.github.pgkill.testing.CountingProxy;
import io.github.pgkill.testing.Jvm;
import io.github.pgkill.testing.RawClient;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code terminate} asks of the server and of its own JVM, counted: a change that adds to it
 * has to say so here. Nothing is timed.
 */
class FewStatementsTest {

  /**
   * To close the database and to open it again; a second connection bears witness, and a third
   * tries whether it is let in.
   */
  private static final int WITH_SOMEBODY = 64;

  private static final int WITH_NOBODY = 11;
  private static final int CLASSES = 168;
  private static final int LAMBDAS = 181;

  /** Asked as often as the sessions take their time to end. */
  private static final List<String> WHILE_WAITING =
      List.of(
          "-- Which of these identities are still there",
          "-- Clients that hold a process but no session yet",
          "-- Whether the database has any session but ours",
          "-- Every session of the database that the filters match");

  private static TestServer machine;

  private String database;

  @BeforeAll
  static void start() {
    machine = TestServer.start(Map.of("max_connections", "1100"));
  }

  @AfterAll
  static void stop() {
    machine.close();
  }

  @BeforeEach
  void create() throws SQLException {
    database = machine.createDatabase();
  }

  @Test
  void withNobodyToTerminate() {
    try (CountingProxy counted = new CountingProxy(machine)) {
      run(counted, 0);

      assertThat(signals(counted)).isEmpty();
      assertThat(besidesWaiting(counted)).hasSize(WITH_NOBODY);
      assertThat(counted.roundTrips())
          .as("the first two statements go together")
          .isEqualTo(counted.statements().size() - 1);
      assertThat(counted.connections()).isEqualTo(1);
    }
  }

  @Test
  void withOneSession() throws SQLException {
    try (CountingProxy counted = new CountingProxy(machine);
        StubbornClients clients = StubbornClients.of(machine, database)) {
      clients.idle();
      run(counted, 1);

      assertThat(signals(counted)).hasSize(1);
      assertThat(besidesWaiting(counted)).hasSize(WITH_SOMEBODY);
      assertThat(counted.connections()).isEqualTo(3);
    }
  }

  @Test
  void withAThousandSessions() throws Exception {
    List<RawClient> clients = new ArrayList<>();
    try (CountingProxy counted = new CountingProxy(machine)) {
      for (int i = 0; i < 1_000; i++) {
        clients.add(
            RawClient.tcp(machine)
                .startUp(Map.of("user", TestServer.SUPERUSER, "database", database))
                .awaitReady());
      }
      run(counted, 1_000);

      assertThat(signals(counted)).as("in statements of 300").hasSize(4);
      assertThat(besidesWaiting(counted)).hasSize(WITH_SOMEBODY + 3);
      assertThat(counted.connections()).isEqualTo(3);
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
  }

  @Test
  void classesOfOursThatTheEmptyCaseLoads(@TempDir Path directory) throws Exception {
    Path log = directory.resolve("classes.log");
    List<String> command =
        new ArrayList<>(
            Jvm.command(
                EmptyCase.class,
                Integer.toString(machine.port()),
                database,
                directory.resolve("reports").toString()));
    command.add(1, "-Xlog:class+load:file=" + log);
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).isZero();

    Path tests =
        Path.of(EmptyCase.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<String> ours =
        Files.readAllLines(log).stream()
            .filter(line -> line.contains(" io.github.pgkill."))
            .filter(line -> !line.contains(tests.getFileName() + "/"))
            .map(line -> line.replaceAll("^.*? (io\\.github\\.pgkill\\.\\S+).*", "$1"))
            .toList();
    assertThat(ours)
        .filteredOn(name -> !name.contains("$$Lambda"))
        .as("classes")
        .hasSizeLessThanOrEqualTo(CLASSES);
    assertThat(ours)
        .filteredOn(name -> name.contains("$$Lambda"))
        .as("lambdas, each a class that the JVM makes at run time")
        .hasSizeLessThanOrEqualTo(LAMBDAS);
  }

  /** The job of {@code terminate} and its report, with nobody there, in a JVM of its own. */
  static final class EmptyCase {

    private EmptyCase() {}

    public static void main(String[] arguments) {
      TestJob job = TestJob.to(Integer.parseInt(arguments[0]), arguments[1]).closeWith(null);
      Termination termination = job.run();
      if (termination.verdict().status() != Verdict.Status.SUCCESS) {
        throw new IllegalStateException(termination.verdict().summary());
      }
      GoalReport report = job.report();
      HtmlReport.write(report, new JsonReport(Path.of(arguments[2])).write(report));
    }
  }

  private void run(CountingProxy counted, int sessions) {
    Termination termination =
        TestJob.on(machine, database)
            .connection(connection -> connection.at("127.0.0.1", counted.port()))
            .closeWith(null)
            .timeout(Duration.ofMinutes(2))
            .quietPeriod(Duration.ZERO)
            .run();
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(termination.results()).hasSize(sessions);
  }

  private static List<String> signals(CountingProxy counted) {
    return counted.statements().stream()
        .filter(statement -> statement.startsWith("-- Chooses and signals some hundred sessions"))
        .toList();
  }

  private static List<String> besidesWaiting(CountingProxy counted) {
    return counted.statements().stream()
        .filter(statement -> WHILE_WAITING.stream().noneMatch(statement::startsWith))
        .toList();
  }
}
