package io.github.pgkill.job.restart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.Needs;
import io.github.pgkill.testing.PooledClients;
import io.github.pgkill.testing.TestPooler;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A server behind a real PgBouncer is restarted: the clients of all its databases wait. */
@DisabledOnOs(OS.WINDOWS)
@Needs({Machine.PGBOUNCER, Machine.SERVER_OF_ITS_OWNER})
@Tag("slow")
class PoolersRestartTest {

  private static TestServer server;
  private static TestPooler pooler;

  private String database;
  private String other;

  @BeforeAll
  static void start() {
    server = TestServer.startAsOwner(Map.of());
    pooler = TestPooler.before(server, Map.of());
  }

  @AfterAll
  static void stop() {
    if (pooler != null) {
      pooler.close();
    }
    if (server != null) {
      server.close();
    }
  }

  @BeforeEach
  void twoDatabases() throws SQLException {
    database = server.createDatabase();
    other = server.createDatabase();
    pooler.alias("app", database, "").alias("other", other, "");
  }

  @AfterEach
  void nothingIsLeftPaused() throws SQLException {
    assertThat(pooler.isPaused("app")).isFalse();
    assertThat(pooler.isPaused("other")).isFalse();
    pooler.withdraw();
  }

  @Test
  void theClientsOfAllItsDatabasesWaitAndNoneGetsAnError() throws Exception {
    try (PooledClients clients = PooledClients.of(pooler, "app", 5);
        PooledClients others = PooledClients.of(pooler, "other", 5)) {
      RestartJob job = job();
      Termination done = job.run();
      int then = clients.queries();
      Eventually.within(20, () -> clients.queries() > then);
      assertThat(done.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
      assertThat(clients.errors()).isEmpty();
      assertThat(others.errors()).isEmpty();
      assertThat(done.statements())
          .startsWith("PAUSE app; at " + pooler.address(), "PAUSE other; at " + pooler.address())
          .endsWith("RESUME app; at " + pooler.address(), "RESUME other; at " + pooler.address());
      assertThat(job.report().surroundings().poolers())
          .extracting(alias -> alias.alias())
          .containsExactly("app", "other");
    }
  }

  @Test
  void aRestartThatFailsLeavesNobodyPaused() throws SQLException {
    try (PooledClients clients = PooledClients.of(pooler, "app", 2)) {
      RestartJob job = job().command(List.of("false"));
      assertThatThrownBy(job::run)
          .isInstanceOf(PgkillException.class)
          .hasMessageContaining("the server was not restarted");
      Eventually.within(10, () -> !pooler.isPaused("app"));
      assertThat(clients.errors()).isEmpty();
    }
  }

  @Test
  void withoutConsentAndInADryRunNobodyIsPaused() throws SQLException {
    try (PooledClients clients = PooledClients.of(pooler, "app", 2)) {
      RestartJob refused = job().poolers(pooler.access(TestPooler.ADMIN, false));
      assertThatThrownBy(refused::run)
          .isInstanceOf(InvalidParameter.class)
          .hasMessageContaining("restarting this server would pause everybody");
      assertThat(job().dryRun().run().statements())
          .contains("PAUSE app; at " + pooler.address() + "  -- undo: RESUME app;");
      assertThat(clients.errors()).isEmpty();
    }
  }

  /** What has no connection to our server, nor its address, has nothing to lose there. */
  @Test
  void whatLeadsElsewhereIsLeftAlone() throws SQLException {
    String target = "host=127.0.0.1 port=1 dbname=" + database;
    pooler.aliasTo("elsewhere", target);
    try (Connection connection = pooler.connect("app")) {
      connection.createStatement().execute("select 1");
      RestartJob job = job();
      job.run();
      assertThat(job.lines()).anyMatch(line -> line.contains("elsewhere") && line.contains("not"));
      assertThat(job.report().surroundings().poolers())
          .extracting(alias -> alias.alias())
          .containsExactly("app", "other");
    }
  }

  private RestartJob job() {
    return RestartJob.on(server, database).affectOtherSessions().poolers(pooler.access());
  }
}
