package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.Jvm;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The watcher of keepClear when something calls System.exit in the middle of the build. */
class KeepClearAtExitTest {

  private static final TestServer SERVER = TestServer.shared();

  @TempDir Path directory;

  @Test
  void itEndsAndLeavesItsReport() throws IOException, InterruptedException, SQLException {
    assumeTrue(Files.isReadable(Path.of("/proc/self/net/tcp")), "only Linux tells whose it is");
    String role = SERVER.createRole("login");
    Process build =
        new ProcessBuilder(
                Jvm.command(
                    KeepClearAtExitTest.class,
                    directory.toString(),
                    SERVER.jdbcUrl(SERVER.createDatabase()) + "?user=" + role))
            .redirectErrorStream(true)
            .start();
    String said = new String(build.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(build.waitFor()).as(said).isEqualTo(3);
    assertThat(reports())
        .extracting(report -> report.at("/goal").asText())
        .containsExactlyInAnyOrder("terminate", "keep-clear");
    for (JsonNode report : reports()) {
      assertThat(ReportSchema.violations(report)).isEmpty();
      assertThat(report.at("/verdict/status").asText()).isEqualTo("success");
      assertThat(report.at("/request/keepClear").asBoolean()).isTrue();
    }
    Eventually.within(
        20, () -> SERVER.query("select 1 from pg_stat_activity where usename = ?", role).isEmpty());
  }

  private List<JsonNode> reports() throws IOException {
    List<JsonNode> reports = new ArrayList<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).toList()) {
        reports.add(new ObjectMapper().readTree(file.toFile()));
      }
    }
    return reports;
  }

  /** The build: takes a directory to run in and a URL. */
  public static void main(String[] arguments) {
    Build.Run run =
        Build.withoutPom(Path.of(arguments[0]))
            .property("pgkill.url", arguments[1])
            .property("pgkill.keepClear", "true")
            .run("terminate");
    run.log().lines().forEach(System.out::println);
    run.succeeded();
    System.exit(3);
  }
}
