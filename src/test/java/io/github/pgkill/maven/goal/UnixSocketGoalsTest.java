package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.ClientPrograms;
import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.Needs;
import io.github.pgkill.testing.RawClient;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Goals as a role that the server lets in by its Unix socket only, with a password. */
@DisabledOnOs(OS.WINDOWS)
@Tag("slow")
class UnixSocketGoalsTest {

  private static final String DEPLOYER = "deployer";

  private static TestServer server;

  @TempDir Path directory;
  private final AtomicInteger runs = new AtomicInteger();
  private String database;

  @BeforeAll
  static void start() throws SQLException {
    server =
        TestServer.start(
            Map.of(),
            List.of(
                "local all " + DEPLOYER + " scram-sha-256",
                "host all " + DEPLOYER + " all reject"));
    server.execute("create role " + DEPLOYER + " login superuser password 's3cret'");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void aDatabase() throws SQLException {
    database = server.createDatabase();
    server.execute(database, "create table kept as select 42 as n");
  }

  @Test
  void sessionsAreListedAndEnded() throws Exception {
    try (StubbornClients clients = StubbornClients.of(server, database);
        RawClient local = RawClient.unixSocket(server)) {
      StubbornClients.Client tcp = clients.idleInTransaction();
      local.startUp(Map.of("user", "postgres", "database", database)).awaitReady();

      JsonNode listed = build().run("list-sessions").succeeded().report();
      assertThat(ReportSchema.violations(listed)).isEmpty();
      assertThat(listed.get("listed")).hasSize(2);
      assertThat(listed.at("/connection/server").asText())
          .isEqualTo(server.socketDirectory() + ":" + server.port());
      assertThat(listed.at("/connection/hosts/0/name").asText())
          .isEqualTo(server.socketDirectory().toString());

      JsonNode ended =
          build()
              .property("pgkill.clientAddresses", "local")
              .run("terminate-sessions")
              .succeeded()
              .report();
      assertThat(ended.at("/results/0/session/pid").asInt()).isEqualTo(local.pid());
      assertThat(ended.get("results")).hasSize(1);
      assertThat(ended.at("/results/0/outcome/word").asText()).isEqualTo("gone");
      assertThat(tcp.alive()).isTrue();

      build().run("terminate").succeeded();
      assertThat(tcp.alive()).isFalse();
    }
  }

  @Test
  void whatStandsInTheWayIsFound() throws SQLException {
    try (StubbornClients clients = StubbornClients.of(server, database)) {
      StubbornClients.Client holder = clients.holdingLock("kept");
      JsonNode report = build().run("diagnose").succeeded().report();
      assertThat(report.at("/blockers/0/pid").asInt()).isEqualTo(holder.pid());
      assertThat(holder.alive()).isTrue();
    }
  }

  @Test
  void aDatabaseIsClosedAndGivenBack() throws SQLException {
    List<String> before = AccessState.of(server, database);
    Build closing = build().property("pgkill.reopen", "never");
    closing.run("revoke-connect").succeeded();
    assertThat(AccessState.of(server, database)).isNotEqualTo(before);
    build().run("restore-connect").succeeded();
    assertThat(AccessState.of(server, database)).isEqualTo(before);
  }

  @Test
  @Needs(Machine.PG_DUMP)
  void aDatabaseIsBackedUpMadeAnewFromTheDumpAndDropped() throws Exception {
    String pgDump = ClientPrograms.pgDump().toString();
    build().property("pgkill.pgDump", pgDump).run("backup").succeeded();
    Path dump = dumps().get(0);
    server.execute(database, "drop table kept");

    Build.Run anew =
        build()
            .property("pgkill.pgDump", pgDump)
            .property("pgkill.fromBackup", dump.toString())
            .run("recreate-database")
            .succeeded();
    assertThat(ReportSchema.violations(anew.report())).isEmpty();
    assertThat(server.queryIn(database, "select n from kept")).containsExactly("42");

    build().run("drop-database").succeeded();
    assertThat(server.query("select 1 from pg_database where datname = ?", database)).isEmpty();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void processesOfThisMachineAreSignalled() throws SQLException {
    try (StubbornClients clients = StubbornClients.of(server, database)) {
      StubbornClients.Client victim = clients.active();
      build().run("kill-processes").succeeded();
      assertThat(victim.alive()).isFalse();
    }
  }

  @Test
  void theServerIsRestartedAndProvesIt() throws SQLException {
    long before = server.postmasterPid();
    Build.Run run =
        build()
            .property("pgkill.affectOtherSessions", "true")
            .property("pgkill.restartWith", "command")
            .property("pgkill.restartCommand", String.join(",", server.restartCommand()))
            .run("restart-server")
            .succeeded();
    assertThat(server.postmasterPid()).isNotEqualTo(before);
    assertThat(run.report().at("/verdict/summary").asText()).startsWith("the server restarted in ");
  }

  @Test
  void keepClearAsksForNamesBecauseTheSocketTellsNone() {
    Build.Run run = build().property("pgkill.keepClear", "true").run("terminate");
    assertThat(run.message())
        .contains(
            "keepClear cannot tell this build's own sessions from others (we are connected over a"
                + " Unix socket",
            "-Dpgkill.excludeApplicationNames=",
            "connect to localhost by TCP");
  }

  private Build build() {
    try {
      Path place = Files.createDirectory(directory.resolve("run" + runs.incrementAndGet()));
      return Build.withoutPom(place)
          .property(
              "pgkill.url",
              "postgresql://"
                  + DEPLOYER
                  + ":s3cret@"
                  + server.socketDirectory().toString().replace("/", "%2F")
                  + ":"
                  + server.port()
                  + "/"
                  + database)
          .property("pgkill.backupDirectory", directory.resolve("backups").toString());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<Path> dumps() throws IOException {
    try (var files = Files.list(directory.resolve("backups"))) {
      return files.filter(file -> file.toString().endsWith(".dump")).toList();
    }
  }
}
