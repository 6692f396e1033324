package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgkill.testing.StandIns;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The parameters of backing up, as Maven binds them and as the report tells them. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the stand-ins are shell scripts")
class BackupGoalTest {

  private static final TestServer SERVER = TestServer.shared();

  @TempDir private Path directory;
  @TempDir private Path elsewhere;
  private StandIns programs;
  private String database;

  @BeforeEach
  void aDatabase() throws SQLException {
    programs = StandIns.in(elsewhere).dump("echo \"$@\" > arguments; echo dumped > \"$out\"");
    database = SERVER.createDatabase();
  }

  @Test
  void keepsItBelowTheDirectoryThatMavenWasStartedIn() throws Exception {
    Build.Run run = build().property("pgkill.role", "postgres").run("backup").succeeded();
    List<String> files = files();
    assertThat(files).contains(".pgkill/backups/.gitignore");
    assertThat(files).filteredOn(f -> f.matches("\\.pgkill/backups/db_.*\\.dump")).hasSize(1);
    assertThat(files)
        .filteredOn(f -> f.matches("\\.pgkill/backups/db_.*\\.dump\\.json"))
        .hasSize(1);
    JsonNode report = report(run);
    assertThat(ReportSchema.violations(report)).isEmpty();
    assertThat(report.at("/verdict/remarks/0").asText()).startsWith("backup: ");
    assertThat(report.at("/steps")).hasSize(3);
    assertThat(report.at("/steps/0/what").asText())
        .startsWith(programs.pgDump() + " --format=custom --file=")
        .endsWith("--role=postgres");
    assertThat(Files.readString(elsewhere.resolve("arguments"))).contains("--role=postgres");
  }

  @Test
  void thePomSaysWhereAndWithWhat() throws Exception {
    String pom =
        Build.pom(
            "<configuration><url>"
                + SERVER.jdbcUrl(database)
                + "</url><user>postgres</user><backup>true</backup><pgDump>"
                + programs.pgDump()
                + "</pgDump><backupDirectory>kept/here</backupDirectory></configuration>");
    Build.Run run = Build.withPom(directory, pom).run("terminate").succeeded();
    assertThat(files()).filteredOn(f -> f.matches("kept/here/db_.*\\.dump")).hasSize(1);
    assertThat(report(run).at("/request/backup").asBoolean()).isTrue();
    assertThat(report(run).at("/request/pgDump").asText()).isEqualTo(programs.pgDump());
  }

  @ParameterizedTest
  @ValueSource(strings = {"backup", "terminate", "drop-database", "recreate-database"})
  void aDryRunShowsTheCommandAndWritesNothing(String goal) throws SQLException {
    Build build = build().property("pgkill.dryRun", "true");
    if (!goal.equals("backup")) {
      build.property("pgkill.backup", "true");
    }
    Build.Run run = build.run(goal).succeeded();
    assertThat(run.report().at("/verdict/status").asText()).isEqualTo("dryRun");
    assertThat(run.report().at("/steps/0/status").asText()).isEqualTo("planned");
    assertThat(run.log().lines()).anyMatch(line -> line.contains("--format=custom"));
    assertThat(SERVER.query("select 1 from pg_database where datname = ?", database)).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"terminate", "drop-database", "recreate-database"})
  void aBackupThatFailsIsABuildErrorAndTouchesNobody(String goal) throws SQLException {
    programs.dump("exit 1");
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      StubbornClients.Client bystander = clients.idle();
      Build.Run run = build().property("pgkill.backup", "true").run(goal);
      assertThat(run.failure()).isInstanceOf(MojoExecutionException.class);
      assertThat(run.message()).contains("could not be backed up").contains("exit code 1");
      assertThat(bystander.alive()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"backup", "terminate", "drop-database", "recreate-database"})
  void aProgramThatIsNotThereIsABuildFailure(String goal) throws SQLException {
    Build build = build().property("pgkill.pgDump", "/nowhere/pg_dump");
    if (!goal.equals("backup")) {
      build.property("pgkill.backup", "true");
    }
    Build.Run run = build.run(goal);
    assertThat(run.failure()).isInstanceOf(MojoFailureException.class);
    assertThat(run.message()).contains("parameter pgDump: '/nowhere/pg_dump'");
    assertThat(SERVER.query("select 1 from pg_database where datname = ?", database)).hasSize(1);
  }

  @Test
  void aDumpThatIsNotThereIsABuildFailure() throws SQLException {
    Build.Run run =
        build().property("pgkill.fromBackup", "/nowhere/app.dump").run("recreate-database");
    assertThat(run.failure()).isInstanceOf(MojoFailureException.class);
    assertThat(run.message()).contains("parameter fromBackup: /nowhere/app.dump is not there");
    assertThat(SERVER.query("select 1 from pg_database where datname = ?", database)).hasSize(1);
  }

  private Build build() {
    return Build.withoutPom(directory)
        .property("pgkill.url", SERVER.jdbcUrl(database))
        .property("pgkill.user", TestServer.SUPERUSER)
        .property("pgkill.pgDump", programs.pgDump());
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> directory.relativize(file).toString())
          .toList();
    }
  }

  private static JsonNode report(Build.Run run) throws Exception {
    Path report =
        run.files().stream()
            .filter(f -> f.toString().endsWith(".json") && !f.toString().endsWith(".dump.json"))
            .findFirst()
            .orElseThrow();
    return new ObjectMapper().readTree(report.toFile());
  }
}
