package io.github.pgkill.job.poolers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.Needs;
import io.github.pgkill.testing.PooledClients;
import io.github.pgkill.testing.TestPooler;
import io.github.pgkill.testing.TestServer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A build that closes a database behind a pooler is killed again and again, at random moments:
 * {@code -Dpgkill.kills=50} for more of them. PgBouncer itself would tell of a pause that lasted
 * twice its bound: it drops the clients that wait for longer.
 */
@Tag("slow")
@Needs(Machine.PGBOUNCER)
class PoolersCampaignTest {

  private static final int KILLS = Integer.getInteger("pgkill.kills", 3);

  /** Half of it is the bound. */
  private static final String QUERY_WAIT_TIMEOUT = "20";

  private static final TestServer SERVER = TestServer.shared();

  private final Random random = new Random(Long.getLong("pgkill.seed", System.nanoTime()));

  @Test
  void aKilledBuildLeavesNobodyPausedAndNothingClosed() throws Exception {
    String database = SERVER.createDatabase();
    List<String> before = AccessState.of(SERVER, database);
    Map<String, Integer> struck = new TreeMap<>();
    Duration longest = Duration.ZERO;
    try (TestPooler pooler =
        TestPooler.before(SERVER, Map.of("query_wait_timeout", QUERY_WAIT_TIMEOUT))) {
      pooler.alias("app", database, "");
      try (PooledClients clients = PooledClients.of(pooler, "app", 5)) {
        for (int kill = 0; kill < KILLS; kill++) {
          try (PoolersProcess build = PoolersProcess.start(SERVER, database, pooler, 8)) {
            Eventually.within(60, () -> !state(database).isEmpty() || !build.isAlive());
            TimeUnit.MILLISECONDS.sleep(
                random.nextInt(4) == 0 ? random.nextInt(9000) : random.nextInt(400));
            struck.merge(state(database), 1, Integer::sum);
            build.kill();
          }
          long killed = System.nanoTime();
          Eventually.within(30, () -> !pooler.isPaused("app"));
          Duration paused = Duration.ofNanos(System.nanoTime() - killed);
          longest = paused.compareTo(longest) > 0 ? paused : longest;
          PoolersJob.on(SERVER, database, pooler.access()).restore(false);
          assertThat(AccessState.of(SERVER, database)).isEqualTo(before);
          int then = clients.queries();
          Eventually.within(30, () -> clients.queries() > then);
        }
        assertThat(clients.errors()).noneMatch(error -> error.contains("query_wait_timeout"));
      }
    }
    System.out.println(
        KILLS + " builds were killed " + struck + ", and at most " + longest + " later resumed");
  }

  /** Of the record: pausing, closed or resuming; empty where there is none. */
  private static String state(String database) throws SQLException {
    return PoolersJob.comment(SERVER, database)
        .replaceAll("(?s)^.*\"state\":\"(\\w+)\".*$|^.*$", "$1");
  }
}
