package io.github.pgkill.job.drop;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.testing.DiagnoseJob;
import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.Needs;
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

/** An extension's worker that holds a database open, and once ended comes back with the server. */
@Tag("slow")
@Needs({Machine.DEFAULT_MAJOR, Machine.PG_CRON})
class BackgroundWorkerTest {

  private static final String DATABASE = "crontab";

  private static TestServer server;

  @BeforeAll
  static void start() {
    server =
        TestServer.startDebian(
            Map.of("shared_preload_libraries", "pg_cron", "cron.database_name", DATABASE));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void awaitWorker() throws SQLException {
    server.execute("create database " + DATABASE);
    // whom somebody has ended is back with the server and not before
    server.restart();
    Eventually.within(60, () -> !workers().isEmpty());
  }

  @AfterEach
  void drop() throws SQLException {
    server.execute("drop database if exists " + DATABASE + " with (force)");
  }

  @Test
  void itIsNamedBeforeItIsEnded() throws SQLException {
    DiagnoseJob diagnose = DiagnoseJob.on(server, DATABASE);
    Blocker worker = DiagnoseJob.only(diagnose.run(Intent.DROP), Blocker.Kind.BACKGROUND_WORKER);
    assertThat(worker.what())
        .contains("pg_cron launcher pid " + workers().get(0))
        .endsWith("once it is ended it may not be back before the server is restarted");

    DropJobs rehearsed = DropJobs.on(server, DATABASE).dryRun();
    Termination termination = rehearsed.drop();
    assertThat(termination.victims()).extracting(v -> "" + v.pid()).containsAll(workers());
    assertThat(workers()).hasSize(1);
  }

  @Test
  void dropEndsIt() throws SQLException {
    Termination termination = DropJobs.on(server, DATABASE).drop();
    assertToldOf(termination);
    assertThat(workers()).isEmpty();
    assertThat(server.query("select 1 from pg_database where datname = ?", DATABASE)).isEmpty();
  }

  @Test
  void recreateEndsItAndTheServerBringsItBack() throws SQLException {
    List<String> before = server.query("select oid from pg_database where datname = ?", DATABASE);
    Termination termination = DropJobs.on(server, DATABASE).recreate();
    assertToldOf(termination);
    assertThat(server.query("select oid from pg_database where datname = ?", DATABASE))
        .hasSize(1)
        .isNotEqualTo(before);
    server.restart();
    Eventually.within(60, () -> !workers().isEmpty());
  }

  private static void assertToldOf(Termination termination) {
    assertThat(termination.results()).hasSize(1);
    assertThat(termination.results().get(0).session().backendType()).isEqualTo("pg_cron launcher");
    assertThat(termination.results().get(0).outcome().word()).isEqualTo("gone");
    assertThat(termination.verdict().remarks())
        .singleElement()
        .asString()
        .startsWith("1 background worker of an extension ended that may not be back");
  }

  private static List<String> workers() throws SQLException {
    return server.query(
        "select pid from pg_stat_activity where datname = ? and backend_type ~ 'cron'", DATABASE);
  }
}
