package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.testing.Jvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was typed for a build and does not reach the one that the release plugin forks. */
class ForkedBuildTest {

  private static final String EXECUTIONS =
      "<executions><execution><goals><goal>list-sessions</goal></goals></execution></executions>";
  private static final String URL = "jdbc:postgresql://127.0.0.1:1/shop";

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "release:prepare",
        "release:perform",
        "maven-release-plugin:prepare",
        "org.apache.maven.plugins:maven-release-plugin:3.1.1:prepare"
      })
  void aFilterTypedBesideAForkingGoalIsRefusedWhereThePomBindsUs(String forking) {
    Build.Run run = run(Build.pom(EXECUTIONS), List.of("pgkill:terminate", forking), "");
    assertThat(run.message())
        .contains("-Dpgkill.excludeApplicationNames was typed beside a goal of the release plugin")
        .contains("<properties><pgkill.excludeApplicationNames>")
        .contains("-Darguments=");
  }

  @Test
  void itIsNotWhereNothingIsBoundOrNothingForks() {
    assertThat(run(Build.pom(""), List.of("release:prepare"), "").message())
        .doesNotContain("release plugin");
    assertThat(run(Build.pom(EXECUTIONS), List.of("release:clean", "verify"), "").message())
        .doesNotContain("release plugin");
  }

  @Test
  void itIsNotWhereItIsHandedOn() {
    String arguments = "-Dpgkill.excludeApplicationNames=backup -Dpgkill.url=" + URL;
    assertThat(run(Build.pom(EXECUTIONS), List.of("release:prepare"), arguments).message())
        .doesNotContain("release plugin");
    String properties =
        "<pgkill.excludeApplicationNames>backup</pgkill.excludeApplicationNames><pgkill.url>"
            + URL
            + "</pgkill.url>";
    String pom = Build.pom(properties, "<plugins>" + Build.plugin(EXECUTIONS) + "</plugins>");
    assertThat(run(pom, List.of("release:prepare"), "").message()).doesNotContain("release plugin");
  }

  @Test
  void theForkedBuildRefusesWhatDidNotReachIt() throws Exception {
    assertThat(forked("release:prepare", "-Dpgkill.maxSessions=3"))
        .contains("-Dpgkill.maxSessions was typed beside a goal of the release plugin");
    assertThat(forked("release:prepare", "-Darguments=-Dpgkill.maxSessions=3"))
        .doesNotContain("release plugin")
        .contains("127.0.0.1:1");
    assertThat(forked("verify", "-Dpgkill.maxSessions=3")).doesNotContain("release plugin");
    assertThat(forked("release:prepare", "-Dpgkill.url=" + URL)).doesNotContain("release plugin");
  }

  private Build.Run run(String pom, List<String> goals, String arguments) {
    return Build.withPom(directory, pom)
        .property("pgkill.url", URL)
        .property("pgkill.excludeApplicationNames", "backup")
        .property("arguments", arguments)
        .ofGoals(goals)
        .run("terminate");
  }

  /** What a build says that a process with these arguments has started. */
  private String forked(String... typed) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of(directory.toString()));
    arguments.addAll(List.of(typed));
    Process outer =
        new ProcessBuilder(Jvm.command(Forking.class, arguments.toArray(String[]::new)))
            .redirectErrorStream(true)
            .start();
    String output = new String(outer.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    outer.waitFor();
    return output;
  }

  /** A process that forks a build, as the release plugin does. */
  static final class Forking {

    private Forking() {}

    public static void main(String[] arguments) throws Exception {
      Process forked =
          new ProcessBuilder(Jvm.command(Forked.class, arguments[0])).inheritIO().start();
      forked.waitFor();
    }
  }

  /** The build. */
  static final class Forked {

    private Forked() {}

    public static void main(String[] arguments) {
      Build.Run run =
          Build.withPom(Path.of(arguments[0]), Build.pom(EXECUTIONS))
              .property("pgkill.url", URL)
              .runExecution("list-sessions", "default", "pre-integration-test");
      System.out.println(run.message());
    }
  }
}
