package io.github.pgkill.postgres.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.value.RelationName;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerConnector;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Random schemas with partitions, inheritance, indexes and views, and sessions that lock random
 * parts of them: whoever is chosen for {@code holdingLocksOn} must be whom a probe that asks for
 * ACCESS EXCLUSIVE waits for. {@code -Dpgkill.cases=200} runs more, {@code -Dpgkill.seed=} repeats.
 */
@Tag("slow")
@Tag("newest")
class LockOracleTest {

  private static final int CASES = Integer.getInteger("pgkill.cases", 30);
  private static final int REALLY_EVERY = 5;

  private static TestServer server;

  /** Its own: no autovacuum takes locks of its own meanwhile. */
  @BeforeAll
  static void start() {
    server = TestServer.start(Map.of("autovacuum", "off"));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void victimsAreWhomAProbeWaitsFor() throws Exception {
    long seed = Long.getLong("pgkill.seed", System.nanoTime());
    System.out.println("LockOracleTest: -Dpgkill.seed=" + seed);
    int victims = 0;
    int cases = 0;
    while (cases < CASES) {
      Random random = new Random(seed + cases);
      String database = server.createDatabase();
      try (RandomLocks locks = new RandomLocks(server, database, random);
          LockProbe probe = new LockProbe(server, database)) {
        for (int i = 0; i < 3; i++) {
          victims += judge(locks, probe, database, "seed " + seed + ", case " + cases++);
        }
        if (cases % REALLY_EVERY == 0) {
          terminate(locks, database);
        }
      }
      server.execute("drop database " + database);
    }
    assertThat(victims).as("sessions in the way").isGreaterThan(CASES);
  }

  private static int judge(RandomLocks locks, LockProbe probe, String database, String name)
      throws SQLException {
    RandomLocks.Target target = locks.target();
    Set<Integer> expected = new TreeSet<>();
    for (String statement : target.probes()) {
      expected.addAll(probe.blockers(statement));
    }
    expected.removeAll(locks.waiting());
    assertThat(chosen(database, filter(target)))
        .as("%s: %s of %s", name, target, locks)
        .isEqualTo(expected);
    return expected.size();
  }

  private static void terminate(RandomLocks locks, String database) {
    RandomLocks.Target target = locks.target();
    assertThat(TestJob.on(server, database).filter(filter(target)).run().verdict().remarks())
        .as("%s of %s", target, locks)
        .anyMatch(
            remark ->
                remark.contains("can be had: ACCESS EXCLUSIVE was taken")
                    || remark.contains("shows nobody with a lock on"));
  }

  private static SessionFilter filter(RandomLocks.Target target) {
    return SessionFilter.builder()
        .holdingLocksOn(List.of(RelationName.parse("holdingLocksOn", target.written())))
        .build();
  }

  private static Set<Integer> chosen(String database, SessionFilter filter) {
    Set<Integer> pids = new TreeSet<>();
    try (Server connection =
        ServerConnector.toLook(TestConnection.to(server, database).settings()).connect()) {
      DatabaseInfo info = connection.findDatabase(database).orElseThrow();
      for (Candidate candidate : Sessions.of(connection, info, filter).select()) {
        if (candidate.selected()) {
          pids.add(candidate.session().pid());
        }
      }
    }
    return pids;
  }
}
