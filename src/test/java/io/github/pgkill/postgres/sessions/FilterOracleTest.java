package io.github.pgkill.postgres.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Exclusion;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerConnector;
import io.github.pgkill.postgres.sessions.FilterOracle.Row;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Hundreds of random populations and filters: the server's choice must be that of an independent
 * oracle, and when the job is really done, nobody else may be gone. The seed is in every failure;
 * {@code -Dpgkill.seed=} repeats it.
 */
class FilterOracleTest {

  private static final int POPULATIONS = 24;
  private static final int FILTERS = 15;
  private static final int REALLY_EVERY = 12;

  private static TestServer server;
  private static Connection looker;

  /** Its own, because roles with such names should meet nobody else's tests. */
  @BeforeAll
  static void start() throws SQLException {
    server =
        TestServer.start(
            Map.of("listen_addresses", "localhost"), List.of("host all all 127.0.0.0/8 trust"));
    looker = server.connect("postgres", TestServer.SUPERUSER);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void serverChoosesAsTheOracleDoes() throws SQLException, IOException {
    long seed = Long.getLong("pgkill.seed", System.nanoTime());
    System.out.println("FilterOracleTest: -Dpgkill.seed=" + seed);
    Random random = new Random(seed);
    String database = server.createDatabase();
    int hits = 0;
    int really = 0;
    try (RandomPopulation population = new RandomPopulation(server, database, random);
        Server connection = connect(database)) {
      DatabaseInfo info = connection.findDatabase(database).orElseThrow();
      for (int round = 0; round < POPULATIONS; round++) {
        population.change(8 + random.nextInt(12));
        for (int number = 0; number < FILTERS; number++) {
          List<Row> before = FilterOracle.population(server, looker, database);
          if (before.isEmpty()) {
            // the filters before ended everybody
            population.change(8);
            before = FilterOracle.population(server, looker, database);
          }
          SessionFilter filter = new RandomFilters(random, before).next();
          String name = "-Dpgkill.seed=" + seed + ", round " + round + "." + number + ": " + filter;
          Map<Integer, String> chosen =
              compare(Sessions.of(connection, info, filter), database, name);
          hits += chosen.isEmpty() ? 0 : 1;
          if ((round * FILTERS + number) % REALLY_EVERY == 0) {
            really += terminate(population, database, random);
          }
        }
      }
    }
    assertThat(hits).as("filters that matched somebody").isGreaterThan(100);
    assertThat(really).as("sessions really terminated").isGreaterThan(20);
  }

  /** Ages grow: the oracle is asked before and after, until both times it says the same. */
  private static Map<Integer, String> compare(Sessions sessions, String database, String name)
      throws SQLException {
    while (true) {
      Map<Integer, String> before = judge(database, sessions.filter());
      Map<Integer, String> chosen = new TreeMap<>();
      for (Candidate candidate : sessions.select()) {
        Exclusion rule = candidate.excludedBy();
        chosen.put(candidate.session().pid(), rule == null ? "" : rule.words());
      }
      if (before.equals(judge(database, sessions.filter()))) {
        assertThat(chosen).as(name).isEqualTo(before);
        return chosen;
      }
    }
  }

  private static int terminate(RandomPopulation population, String database, Random random)
      throws SQLException {
    List<Row> before = FilterOracle.population(server, looker, database);
    while (before.stream().anyMatch(FilterOracle::maySayItsName)) {
      Pause.of(Duration.ofMillis(50));
      before = FilterOracle.population(server, looker, database);
    }
    SessionFilter filter = new RandomFilters(random, before).nextTimeless();
    Map<Integer, String> expected = FilterOracle.judge(before, filter);
    Set<SessionId> survivors =
        before.stream()
            .map(Row::id)
            .filter(id -> !"".equals(expected.get(id.pid())))
            .collect(Collectors.toSet());

    Termination termination =
        TestJob.on(server, database).filter(filter).quietPeriod(Duration.ZERO).run();

    Map<Integer, String> outcomes = new TreeMap<>();
    for (SessionResult result : termination.results()) {
      boolean spared = result.outcome() instanceof Outcome.Excluded;
      outcomes.put(
          result.session().pid(),
          spared ? ((Outcome.Excluded) result.outcome()).rule().words() : result.outcome().word());
    }
    expected.replaceAll((pid, rule) -> rule.isEmpty() ? "gone" : rule);
    assertThat(outcomes).as(filter.toString()).isEqualTo(expected);
    assertThat(FilterOracle.population(server, looker, database))
        .as("survivors of %s", filter)
        .extracting(Row::id)
        .containsExactlyInAnyOrderElementsOf(survivors);
    population.endedElsewhere(before.stream().map(Row::id).filter(id -> !survivors.contains(id)));
    return before.size() - survivors.size();
  }

  private static Map<Integer, String> judge(String database, SessionFilter filter)
      throws SQLException {
    return FilterOracle.judge(FilterOracle.population(server, looker, database), filter);
  }

  private static Server connect(String database) {
    return ServerConnector.toLook(TestConnection.to(server, database).settings()).connect();
  }
}
