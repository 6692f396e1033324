package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.Fleet;
import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.Needs;
import io.github.pgkill.testing.StubbornClients;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.apache.maven.settings.Server;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a build says of Patroni, on a real cluster. */
@Tag("fleet")
@Needs(Machine.FLEET)
class PatroniGoalsTest {

  private static Fleet fleet;
  private static String identifier;

  @TempDir Path directory;

  private Fleet.Node leader;

  @BeforeAll
  static void start() throws SQLException {
    fleet = Fleet.shared();
    identifier = fleet.systemIdentifier();
  }

  @BeforeEach
  void aLeader() {
    fleet.awaitHealthy();
    leader = fleet.leader();
  }

  @Test
  void sessionsOfEveryMemberAreListedAndEnded() throws Exception {
    try (StubbornClients one = StubbornClients.of(fleet.nodes().get(0).server(), "app");
        StubbornClients two = StubbornClients.of(fleet.nodes().get(1).server(), "app");
        StubbornClients three = StubbornClients.of(fleet.nodes().get(2).server(), "app")) {
      StubbornClients.Client here = one.idle();
      StubbornClients.Client there = two.idleInTransaction();
      StubbornClients.Client elsewhere = three.idle();

      Build.Run listed = nodes("listed").run("list-sessions").succeeded();
      assertThat(listed.report().at("/listed")).hasSize(3);

      Build.Run ended = nodes("ended").run("terminate").succeeded();
      assertThat(ended.report().at("/results")).hasSize(3);
      assertThat(here.alive()).isFalse();
      assertThat(there.alive()).isFalse();
      assertThat(elsewhere.alive()).isFalse();
    }
  }

  @Test
  void theLeaderIsRestartedWithTheCredentialsOfTheSettings() throws SQLException {
    String before = startOf(leader);
    Server credentials = new Server();
    credentials.setId("rest");
    credentials.setUsername(Fleet.REST_USER);
    credentials.setPassword(Fleet.REST_PASSWORD);

    Build.Run run =
        build()
            .server(credentials)
            .property("pgkill.patroniServerId", "rest")
            .property("pgkill.affectOtherSessions", "true")
            .run("restart-server")
            .succeeded();

    JsonNode report = run.report();
    assertThat(ReportSchema.violations(report)).isEmpty();
    assertThat(report.at("/steps/0/what").asText()).isEqualTo("POST " + leader.rest() + "/restart");
    assertThat(report.toString()).doesNotContain(Fleet.REST_PASSWORD);
    assertThat(startOf(leader)).isNotEqualTo(before);
    assertThat(fleet.leader()).isEqualTo(leader);
  }

  @Test
  void diagnoseTellsWhatPatroniIsAboutToDo() {
    String later = "{\"schedule\": \"2099-01-01T00:00:00+00:00\"}";
    try {
      assertThat(fleet.rest(leader, "POST", "/restart", later).status()).isEqualTo(202);
      patch("{\"pause\": true}");
      Build.Run run = build().property("pgkill.intent", "restart").run("diagnose").succeeded();
      String said = run.report().toString();
      assertThat(said)
          .contains("Patroni is paused")
          .contains("Patroni has a restart of " + leader.name() + " scheduled")
          .contains("patronictl flush");
      fleet.nodes().forEach(node -> assertThat(said).contains("Patroni's member " + node.name()));
    } finally {
      patch("{\"pause\": null}");
      fleet.rest(leader, "DELETE", "/restart", "");
    }
  }

  @Test
  void diagnoseOnAStandbySaysWhatAStandbyIs() {
    Fleet.Node standby = fleet.standbys().get(0);
    Build.Run run =
        build()
            .property("pgkill.url", "jdbc:postgresql://127.0.0.1:" + standby.port() + "/app")
            .run("diagnose")
            .succeeded();
    assertThat(run.report().toString()).contains("this server is a standby");
  }

  private Build nodes(String where) throws IOException {
    return build(Files.createDirectory(directory.resolve(where)))
        .property("pgkill.nodes", "patroni");
  }

  private Build build() {
    return build(directory);
  }

  private static Build build(Path where) {
    return Build.withoutPom(where)
        .property("pgkill.url", "jdbc:postgresql://127.0.0.1:" + fleet.haproxyPort() + "/app")
        .property("pgkill.user", "postgres")
        .property("pgkill.allowedServers", identifier)
        .property("pgkill.patroni", String.join(",", fleet.restUrls()));
  }

  private void patch(String body) {
    assertThat(fleet.rest(leader, "PATCH", "/config", body).status()).isEqualTo(200);
    boolean paused = body.contains("true");
    Eventually.within(
        10,
        () ->
            fleet.rest(leader, "GET", "/cluster", "").body().contains("\"pause\": true") == paused);
  }

  private static String startOf(Fleet.Node node) throws SQLException {
    return node.server().query("select pg_postmaster_start_time()::text").get(0);
  }
}
