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
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A database behind a real PgBouncer: its clients wait while the database is closed. */
@Tag("slow")
@Needs(Machine.PGBOUNCER)
class PoolersTest {

  private static final TestServer SERVER = TestServer.shared();

  private static TestPooler pooler;

  private String database;
  private List<String> before;

  @BeforeAll
  static void start() {
    pooler = TestPooler.before(SERVER, Map.of());
  }

  @AfterAll
  static void stop() {
    pooler.close();
  }

  @BeforeEach
  void aDatabase() throws SQLException {
    database = SERVER.createDatabase();
    before = AccessState.of(SERVER, database);
  }

  @AfterEach
  void nothingIsLeft() throws SQLException {
    assertThat(AccessState.of(SERVER, database)).isEqualTo(before);
    pooler.withdraw();
  }

  @Test
  void pooledClientsWaitAndNoneGetsAnError() throws SQLException {
    pooler.alias("app", database, "").alias("app_s", database, "pool_mode=session");
    try (PooledClients transactions = PooledClients.of(pooler, "app", 15)) {
      PoolersJob job = job().step("sleep", "3");
      Termination termination = job.terminate();
      long opened = System.nanoTime();
      int then = transactions.queries();
      Eventually.within(10, () -> transactions.queries() > then);
      System.out.println(
          "first success " + (System.nanoTime() - opened) / 1_000_000 + " ms after the goal");
      assertThat(termination.verdict().status()).as(job.said()).isEqualTo(Verdict.Status.SUCCESS);
      assertThat(transactions.errors()).isEmpty();
      System.out.println(job.said());
    }
  }

  private PoolersJob job() {
    return PoolersJob.on(SERVER, database, pooler.access());
  }
}
