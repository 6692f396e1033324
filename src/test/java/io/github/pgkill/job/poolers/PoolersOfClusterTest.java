package io.github.pgkill.job.poolers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.Needs;
import io.github.pgkill.testing.PooledClients;
import io.github.pgkill.testing.TestPooler;
import io.github.pgkill.testing.TestServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A primary with a standby and a real PgBouncer before it, all of them busy. */
@Tag("slow")
@Needs(Machine.PGBOUNCER)
class PoolersOfClusterTest {

  private static final String APP = "app";

  @Test
  void pooledClientsWaitWhileThoseOfEveryNodeAreEnded() throws Exception {
    try (TestServer primary = TestServer.start(Map.of())) {
      primary.execute("create database app");
      primary.execute("create role direct login");
      List<String> before = AccessState.of(primary, APP);
      String identifier =
          primary.query("select system_identifier::text from pg_control_system()").get(0);
      try (TestServer standby = TestServer.standbyOf(primary);
          TestPooler pooler = TestPooler.before(primary, Map.of())) {
        Eventually.within(30, () -> !primary.query("select 1 from pg_stat_replication").isEmpty());
        primary.awaitReplay(standby);
        pooler.alias(APP, APP, "");
        try (PooledClients pooled = PooledClients.of(pooler, APP, 15);
            PooledClients direct = PooledClients.direct(primary, APP, "direct", 5);
            PooledClients replica = PooledClients.direct(standby, APP, "direct", 5)) {
          PoolersJob job =
              PoolersJob.on(primary, APP, pooler.access())
                  .node(standby, identifier)
                  .step("sleep", "3");
          Termination termination = job.terminate();
          long opened = System.nanoTime();
          int then = pooled.queries();
          Eventually.within(20, () -> pooled.queries() >= then + 15);
          Duration took = Duration.ofNanos(System.nanoTime() - opened);
          System.out.println("15 answers to pooled clients " + took + " after the goal ended");
          assertThat(termination.verdict().status())
              .as(job.said())
              .isEqualTo(Verdict.Status.SUCCESS);
          assertThat(pooled.errors()).isEmpty();
          assertThat(direct.errors()).isNotEmpty();
          assertThat(replica.errors()).isNotEmpty();
          assertThat(termination.results().stream().map(one -> one.session().node()).distinct())
              .as("nodes whose sessions were ended")
              .hasSize(2);
          assertServedAgain(direct);
          assertServedAgain(replica);
        }
        primary.awaitReplay(standby);
        assertThat(AccessState.of(standby, APP)).isEqualTo(before);
      }
      assertThat(AccessState.of(primary, APP)).isEqualTo(before);
    }
  }

  private static void assertServedAgain(PooledClients clients) {
    int then = clients.queries();
    Eventually.within(20, () -> clients.queries() > then);
  }
}
