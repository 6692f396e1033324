package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.pgkill.connection.build.BuildConnection;
import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.model.failure.PgkillFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.project.MavenProject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which of a build's modules and executions connectionFrom means. */
class BuildConnectionsTest {

  private static final String KEYS =
      "<groupId>%s</groupId><artifactId>flyway-maven-plugin</artifactId><version>11.20.0</version>";

  @TempDir Path directory;

  private final MojoExecution.Source[] source = {MojoExecution.Source.CLI};
  private List<String> goals = List.of("pgkill:terminate");

  @Test
  void whereOnlyAModuleHasAUrlTheFailureSuggestsIt() throws IOException {
    assertThat(refusal("flyway", "", pom("app", flyway(url("a")))))
        .contains("but the one of app does")
        .contains("mvn -pl :app");
  }

  @Test
  void modulesThatConnectDifferentlyAreRefusedWhereTheGoalRunsOnceForAll() throws IOException {
    String top = flyway(url("a"));
    assertThat(refusal("flyway", top, pom("app", flyway(url("b")))))
        .contains("modules of this build configure another connection")
        .contains("mvn -pl :app");
    assertThat(refusal("flyway", top, pom("app", flyway("<url>${never.set}</url>"))))
        .contains("or one that cannot be followed: app");
    assertThat(read("flyway", top, pom("app", flyway(url("a"))), pom("docs", "")).url())
        .endsWith("/a");
    source[0] = MojoExecution.Source.LIFECYCLE;
    assertThat(read("flyway", top, pom("app", flyway(url("b")))).url()).endsWith("/a");
  }

  @Test
  void aTypedGoalOfTheToolMeansThePluginsOwnConfiguration() throws IOException {
    String plugin =
        flyway(
            url("plugin"),
            "<execution><id>one</id><configuration>" + url("one") + "</configuration></execution>");
    assertThat(read("flyway", plugin).url()).endsWith("/one");
    goals = List.of("flyway:clean", "pgkill:terminate");
    assertThat(refusal("flyway", plugin)).contains("one, default-cli").contains("flyway:one");
    assertThat(read("flyway:default-cli", plugin).url()).endsWith("/plugin");
    assertThat(read("Flyway:one", plugin).url()).endsWith("/one");
  }

  @Test
  void anExecutionWithoutAUrlDoesNotCount() throws IOException {
    String plugin =
        flyway(
            "<user>u</user>",
            "<execution><id>none</id></execution><execution><id>one</id><configuration>"
                + url("one")
                + "</configuration></execution>");
    assertThat(read("flyway", plugin).url()).endsWith("/one");
    assertThat(refusal("flyway:none", plugin)).contains("There are: none, one");
  }

  @Test
  void bothOfFlywaysPluginsCount() throws IOException {
    String both = flyway(url("a")) + flyway(url("b")).replace("org.flywaydb", "com.redgate.flyway");
    assertThat(refusal("flyway", both)).contains("connect differently");
    assertThat(refusal("spring:one", both)).contains("'spring:one' is not a choice");
  }

  @Test
  void aUrlOfOnesOwnBeatsConnectionFrom() {
    Build.Run run =
        Build.withPom(
                directory,
                Build.pom("<configuration><connectionFrom>flyway</connectionFrom></configuration>"))
            .property("pgkill.url", "jdbc:postgresql://127.0.0.1:1/shop")
            .run("list-sessions");
    assertThat(run.message()).contains("127.0.0.1:1").doesNotContain("flyway");
    assertThat(run.log().lines())
        .anyMatch(line -> line.contains("connectionFrom=flyway is not asked"));
  }

  private String refusal(String from, String top, String... modules) {
    PgkillFailure failure =
        catchThrowableOfType(PgkillFailure.class, () -> read(from, top, modules));
    return failure.getMessage() + ". " + failure.remedy().orElseThrow();
  }

  private BuildConnection read(String from, String top, String... modules) throws IOException {
    Build.Prepared build =
        Build.withPom(directory, pom("top", top))
            .ofGoals(goals)
            .prepare("terminate", "default-cli", source[0], null);
    build
        .session()
        .setProjects(
            Stream.concat(Stream.of(build.project()), Stream.of(modules).map(this::module))
                .toList());
    return Asked.connections(build, new Environment(Map.of(), directory, "me"), new Properties())
        .read(from);
  }

  private MavenProject module(String pom) {
    try {
      return Build.withPom(Files.createTempDirectory(directory, "module"), pom)
          .prepare("terminate", "default-cli", MojoExecution.Source.CLI, null)
          .project();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String pom(String name, String plugins) {
    return Build.pom("", "<plugins>" + plugins + "</plugins>")
        .replace("<artifactId>shop</artifactId>", "<artifactId>" + name + "</artifactId>");
  }

  private static String flyway(String configuration, String... executions) {
    return "<plugin>"
        + KEYS.formatted("org.flywaydb")
        + "<configuration>"
        + configuration
        + "</configuration><executions>"
        + String.join("", executions)
        + "</executions></plugin>";
  }

  private static String url(String name) {
    return "<url>jdbc:postgresql://" + name + ".example/" + name + "</url>";
  }
}
