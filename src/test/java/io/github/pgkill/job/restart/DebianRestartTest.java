package io.github.pgkill.job.restart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.host.command.Programs;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.host.RestartWith;
import io.github.pgkill.model.host.ShutdownMode;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.testing.DebianMachine;
import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.Needs;
import io.github.pgkill.testing.StandInPrograms;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** restart-server and Debian's own tools, on clusters that only this test sees. */
@Tag("slow")
@Needs({Machine.DEBIAN_CLUSTERS, Machine.DEFAULT_MAJOR})
class DebianRestartTest {

  private static DebianMachine machine;
  private static StandInPrograms tools;
  private static Path data;
  private static int port;

  @TempDir static Path bin;

  @BeforeAll
  static void start() throws IOException, SQLException {
    machine = DebianMachine.start();
    tools = machine.tools(new StandInPrograms(bin));
    port = freePort();
    data = machine.createCluster("app", port);
    RestartInside.create(port);
  }

  @AfterAll
  static void end() throws IOException {
    if (machine != null) {
      machine.close();
    }
  }

  @Test
  void autoFindsTheCluster() {
    RestartJob job = job(RestartWith.AUTO);
    assertThat(job.run().verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(job.lines())
        .anyMatch(line -> line.equals("cluster 15/app has the server's data in " + data));
    assertThat(tools.callsOf("pg_ctlcluster"))
        .contains(List.of("-m", "fast", "15", "app", "restart"));
  }

  @Test
  void pgCtlclusterPassesTheShutdownModeOn() {
    job(RestartWith.PG_CTLCLUSTER).serviceName("15-app").mode(ShutdownMode.IMMEDIATE).run();
    assertThat(tools.callsOf("pg_ctlcluster"))
        .contains(List.of("-m", "immediate", "15", "app", "restart"));
  }

  @Test
  void serviceRestartsTheOnlyClusterAndNeverSeveral() throws IOException {
    RestartJob job = job(RestartWith.SERVICE);
    assertThat(job.run().verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(job.lines())
        .contains("service postgresql runs one cluster, 15/app, which is the server");

    machine.createCluster("other", freePort());
    try {
      assertThatThrownBy(job(RestartWith.SERVICE)::run)
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("would restart other clusters, too: 15/other");
    } finally {
      machine.run("pg_dropcluster", "--stop", "15", "other");
    }
  }

  @Test
  void aRestartThatFailsHalfWayTellsWhatTheServerLogged() throws IOException, SQLException {
    int brokenPort = freePort();
    machine.createCluster("broken", brokenPort);
    try {
      RestartInside.create(brokenPort);
      machine.configure("broken", "shared_buffers = plenty");
      assertThatThrownBy(
              RestartJob.on(RestartInside.connection(brokenPort))
                      .with(RestartWith.PG_CTLCLUSTER)
                      .programs(new Programs(List.of(bin)))
                  ::run)
          .isInstanceOf(PgkillError.class)
          .hasMessageContainingAll(
              "pg_ctlcluster -m fast 15 broken restart ended with exit code 1",
              "the server is down",
              "invalid value for parameter \"shared_buffers\": \"plenty\"");
    } finally {
      machine.run("pg_dropcluster", "15", "broken");
    }
  }

  private static RestartJob job(RestartWith with) {
    return RestartJob.on(RestartInside.connection(port))
        .with(with)
        .programs(new Programs(List.of(bin)));
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0)) {
      return free.getLocalPort();
    }
  }
}
