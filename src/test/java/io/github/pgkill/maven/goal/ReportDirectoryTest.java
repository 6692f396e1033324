package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.maven.build.ReportDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.maven.plugin.MojoExecution;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReportDirectoryTest {

  @TempDir Path directory;

  @Test
  void reportsGoIntoTheBuildDirectory() {
    assertThat(of(withPom(), "pre-integration-test")).isEqualTo(directory.resolve("target/pgkill"));
    assertThat(of(withPom(), null)).isEqualTo(directory.resolve("target/pgkill"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"pre-clean", "clean", "post-clean"})
  void beforeAndAfterACleanTheyGoWhereNothingIsDeleted(String phase) {
    assertThat(of(withPom(), phase)).isEqualTo(directory.resolve(".pgkill/reports"));
  }

  @Test
  void withoutAPomTheyGoIntoTheDirectoryThatMavenWasStartedIn() {
    assertThat(of(Build.withoutPom(directory), null))
        .isEqualTo(directory.resolve(".pgkill/reports"));
  }

  @Test
  void theParameterWinsEverywhere() {
    Path wanted = directory.resolve("elsewhere");
    for (Build build : new Build[] {withPom(), Build.withoutPom(directory)}) {
      Build.Prepared prepared = prepare(build, "clean");
      assertThat(
              ReportDirectory.of(
                  wanted.toFile(), prepared.session(), prepared.project(), prepared.execution()))
          .isEqualTo(wanted);
    }
  }

  @Test
  void anEmptyParameterLeavesNoReportInAPlaceThatNobodyNamed() {
    Build.Run run = withPom().property("pgkill.reportDirectory", "").run("terminate");
    assertThat(run.message())
        .isEqualTo(
            "parameter reportDirectory: property pgkill.reportDirectory is set but empty. Give it a"
                + " value, or leave it out. Is a variable of the CI not set?");
    assertThat(run.files())
        .singleElement()
        .extracting(Path::getParent)
        .isEqualTo(directory.resolve("target/pgkill"));
    assertThat(
            Path.of("").toAbsolutePath().toFile().list((d, name) -> name.startsWith("terminate-")))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "terminate",
        "terminate-sessions",
        "revoke-connect",
        "restore-connect",
        "restart-server",
        "kill-processes",
        "list-sessions",
        "diagnose",
        "backup",
        "drop-database",
        "recreate-database"
      })
  void aDirectoryThatCannotBeWrittenIsKnownBeforeAnythingIsDone(String goal) throws Exception {
    Path file = Files.writeString(directory.resolve("taken"), "a file");
    Build.Run run =
        withPom()
            .property("pgkill.reportDirectory", file.toString())
            .property("pgkill.url", "jdbc:postgresql://127.0.0.1:1/shop")
            .run(goal);
    assertThat(run.message())
        .contains("cannot write reports into " + file)
        .contains("nothing was touched. Set pgkill.reportDirectory to a directory");
    assertThat(run.log().lines("warn")).isEmpty();
  }

  @Test
  void whatIsPutBesideTheSourcesIsNotForGit() throws Exception {
    Build build = Build.withoutPom(directory).property("pgkill.url", "postgresql://127.0.0.1:1/a");
    Path ignore = directory.resolve(".pgkill/.gitignore");

    assertThat(build.run("terminate").files()).isNotEmpty();
    assertThat(Files.readString(ignore)).isEqualTo("*\n");

    Files.writeString(ignore, "backups\n");
    build.run("terminate");
    assertThat(Files.readString(ignore)).isEqualTo("backups\n");
  }

  private Build withPom() {
    return Build.withPom(directory, Build.pom(""));
  }

  private static Path of(Build build, @Nullable String phase) {
    Build.Prepared prepared = prepare(build, phase);
    return ReportDirectory.of(null, prepared.session(), prepared.project(), prepared.execution());
  }

  private static Build.Prepared prepare(Build build, @Nullable String phase) {
    return build.prepare("terminate", "mine", MojoExecution.Source.LIFECYCLE, phase);
  }
}
