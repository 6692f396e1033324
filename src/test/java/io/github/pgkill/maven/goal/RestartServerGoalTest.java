package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.Needs;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** restart-server as a build runs it. */
@DisabledOnOs(OS.WINDOWS)
@Needs(Machine.SERVER_OF_ITS_OWNER)
class RestartServerGoalTest {

  private static TestServer server;
  private static String database;

  @TempDir Path directory;

  @BeforeAll
  static void start() throws SQLException {
    server = TestServer.startAsOwner(Map.of());
    database = server.createDatabase();
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void restartsWithDefaultsAndReportsIt() throws SQLException {
    long before = postmaster();
    Build.Run run = build().run("restart-server").succeeded();
    JsonNode report = run.report();
    assertThat(postmaster()).isNotEqualTo(before);
    assertThat(ReportSchema.violations(report)).isEmpty();
    Map<String, Object> defaults = BoundParameters.defaults("restart-server");
    defaults.put("user", TestServer.SUPERUSER);
    assertThat(new ObjectMapper().convertValue(report.get("request"), Map.class))
        .isEqualTo(defaults);
    assertThat(report.at("/verdict/summary").asText()).startsWith("the server restarted in ");
    assertThat(report.at("/steps/0/name").asText()).isEqualTo("restart");
    assertThat(report.at("/steps/0/what").asText()).contains("pg_ctl restart -D ");
    assertThat(report.at("/steps/0/status").asText()).isEqualTo("done");
  }

  @Test
  void restartsTheServerThatAnswersAtAUnixSocket() {
    long before = postmaster();
    Build.Run run =
        build()
            .property(
                "pgkill.url",
                "postgresql:///"
                    + database
                    + "?host="
                    + server.socketDirectory()
                    + "&port="
                    + server.port())
            .run("restart-server")
            .succeeded();
    assertThat(postmaster()).isNotEqualTo(before);
    assertThat(run.report().at("/steps/0/what").asText()).contains("pg_ctl restart -D ");
  }

  @Test
  void whoIsNotSelectedIsAFailureAndThenInTheReport() throws SQLException {
    try (StubbornClients clients = StubbornClients.of(server, server.createDatabase())) {
      StubbornClients.Client other = clients.idle();
      Build.Run refused = build().run("restart-server");
      assertThat(refused.failure()).isInstanceOf(MojoFailureException.class);
      assertThat(refused.message())
          .contains("would also end what was not selected", "-Dpgkill.affectOtherSessions");
      assertThat(other.alive()).isTrue();

      JsonNode report =
          build(directory.resolve("again"))
              .property("pgkill.affectOtherSessions", "true")
              .run("restart-server")
              .succeeded()
              .report();
      assertThat(ReportSchema.violations(report)).isEmpty();
      assertThat(report.at("/alsoHit/0/pid").asInt()).isEqualTo(other.pid());
    }
  }

  @Test
  void aCommandThatFailsIsABuildErrorWithTheStepInTheReport() {
    Build.Run run =
        build()
            .property("pgkill.restartWith", "Command")
            .property("pgkill.restartCommand", "sh,-c,echo no; exit 4")
            .run("restart-server");
    assertThat(run.failure()).isInstanceOf(MojoExecutionException.class);
    assertThat(run.message()).contains("ended with exit code 4; it said: no", "not restarted");
    assertThat(ReportSchema.violations(run.report())).isEmpty();
    assertThat(run.report().at("/steps/0/exitCode").asInt()).isEqualTo(4);
  }

  private Build build() {
    return build(directory);
  }

  private static Build build(Path place) {
    place.toFile().mkdirs();
    return Build.withoutPom(place)
        .property("pgkill.url", server.jdbcUrl(database))
        .property("pgkill.user", TestServer.SUPERUSER);
  }

  /** The server of now; asked without a connection, which would be somebody's session. */
  private static long postmaster() {
    return server.postmasterPid();
  }
}
