package io.github.pgkill.benchmark;

import io.github.pgkill.testing.Pool;
import io.github.pgkill.testing.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * No comparison but a count: of that many builds {@code pgkill:terminate flyway:clean
 * flyway:migrate} with {@code keepClear}, how many go through beside a pool that logs in with
 * Flyway's own role. The project is the one of the story.
 */
final class KeepClearBuilds {

  private KeepClearBuilds() {}

  static void run(Path sources, Path work, Path jar, int builds) throws Exception {
    Files.createDirectories(work);
    Maven maven = WholeProcess.maven(work);
    WholeProcess.install(maven, sources, work, jar);
    Path story = sources.resolveSibling("it").resolve("keep-clear-flyway");
    Path project = WholeProcess.copy(story, work.resolve("keep-clear"));
    try (TestServer server = TestServer.start(Map.of())) {
      server.execute("create role migrator login");
      server.execute("create database app owner migrator");
      server.execute("app", "grant all on schema public to migrator");
      server.execute("app", "set role migrator; create table wanted(old int)");
      int through = 0;
      try (Pool pool = Pool.start(server, "app", "migrator", "wanted", 6)) {
        for (int i = 1; i <= builds; i++) {
          through += goesThrough(maven, project, server) ? 1 : 0;
          System.out.println(
              through + " of " + i + " builds went through; sessions lost: " + pool.lost());
        }
      }
    }
  }

  private static boolean goesThrough(Maven maven, Path project, TestServer server)
      throws Exception {
    List<String> arguments =
        List.of(
            "--quiet",
            "-Dit.url=jdbc:postgresql://127.0.0.1:" + server.port() + "/app",
            "-Dit.migrator=migrator",
            "pgkill:terminate",
            "flyway:clean",
            "flyway:migrate");
    try {
      maven.run(project, arguments);
      return true;
    } catch (IllegalStateException e) {
      System.out.println(e.getMessage());
      return false;
    }
  }
}
