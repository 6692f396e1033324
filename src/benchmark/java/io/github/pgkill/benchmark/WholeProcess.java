package io.github.pgkill.benchmark;

import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a build pays for {@code mvn pgkill:terminate} when there is nobody to terminate: against the
 * same one-line SQL by sql-maven-plugin, an empty goal, and a goal that only connects.
 */
final class WholeProcess {

  private static final String PGKILL = "pgkill:terminate";
  private static final String SQL = "sql-maven-plugin";
  private static final String CONNECT = "empty goal + connect";
  private static final String EMPTY = "empty goal";
  private static final String FLOOR = "io.github.pgkill.benchmark:floor-maven-plugin:1:";

  private static final String PGKILL_VERSION = System.getProperty("benchmark.version", "");
  private static final String DRIVER_VERSION = System.getProperty("benchmark.driver", "");

  /** Of sql-maven-plugin's time, processor and wall. */
  private static final double WANTED = 1.0;

  /** Milliseconds beyond a goal that only connects. */
  private static final double WANTED_BEYOND_CONNECTING = 150;

  private final Maven maven;
  private final Path project;
  private final int port;
  private final Map<String, Samples> processor = new LinkedHashMap<>();

  private WholeProcess(Maven maven, Path project, int port) {
    this.maven = maven;
    this.project = project;
    this.port = port;
  }

  /** Installs what is compared into a repository of its own, measures, and prints. */
  static void run(Path sources, Path work, Path jar, int rounds, Targets targets)
      throws Exception {
    Files.createDirectories(work);
    Maven maven = maven(work);
    install(maven, sources, work, jar);
    Path project = copy(sources.resolve("project"), work.resolve("project"));
    try (TestServer server = TestServer.start(Map.of())) {
      server.execute("create database app");
      WholeProcess benchmark =
          new WholeProcess(maven, project, server.port());
      benchmark.resolve();
      benchmark.compare(rounds, targets);
    }
  }

  /** The Maven of this build, with a repository of its own. */
  static Maven maven(Path work) throws IOException {
    return new Maven(
        Path.of(System.getProperty("benchmark.maven")),
        work.resolve("repository"),
        settings(work),
        work.resolve("maven.log"));
  }

  private void compare(int rounds, Targets targets) throws Exception {
    Map<String, Samples> wall =
        new Rounds()
            .with(PGKILL, () -> goal(PGKILL, pgkill()))
            .with(SQL, () -> goal(SQL, sql()))
            .with(CONNECT, () -> goal(CONNECT, FLOOR + "connect"))
            .with(EMPTY, () -> goal(EMPTY, FLOOR + "empty"))
            .run(rounds);
    processor.values().forEach(Samples::forgetFirst);
    print("Whole process, wall time, " + rounds + " rounds:", wall);
    print("Whole process, processor time, " + rounds + " rounds:", processor);
    Samples pgkill = wall.get(PGKILL);
    targets.atMost(WANTED, "wall time of sql-maven-plugin's", pgkill.timesOf(wall.get(SQL)));
    targets.atMost(
        WANTED,
        "processor time of sql-maven-plugin's",
        processor.get(PGKILL).timesOf(processor.get(SQL)));
    targets.atMost(
        WANTED_BEYOND_CONNECTING,
        "milliseconds beyond a goal that only connects",
        pgkill.distanceTo(wall.get(CONNECT)).median());
  }

  private static void print(String head, Map<String, Samples> samples) {
    System.out.println(head);
    samples.forEach((name, times) -> System.out.println("  " + name + ": " + times));
    Samples pgkill = samples.get(PGKILL);
    for (String other : List.of(SQL, CONNECT, EMPTY)) {
      System.out.println(
          "  "
              + PGKILL
              + " / "
              + other
              + ": "
              + pgkill.ratioTo(samples.get(other))
              + ", more by "
              + pgkill.distanceTo(samples.get(other)));
    }
  }

  private static String pgkill() {
    return "io.github.pgkill:pgkill-maven-plugin:" + PGKILL_VERSION + ":terminate";
  }

  private static String sql() {
    return "org.codehaus.mojo:sql-maven-plugin:3.0.0:execute";
  }

  private double goal(String subject, String goal) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(common());
    arguments.add("--offline");
    arguments.add(goal);
    Maven.Took took = maven.run(project, arguments);
    processor.computeIfAbsent(subject, name -> new Samples()).add(took.processor());
    return took.wall();
  }

  /** Lets Maven fetch everything once; later runs are offline. */
  private void resolve() throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(common());
    arguments.addAll(List.of(pgkill(), sql(), FLOOR + "connect", FLOOR + "empty"));
    maven.run(project, arguments);
  }

  private List<String> common() {
    return List.of(
        "--quiet",
        "-Dbenchmark.url=jdbc:postgresql://127.0.0.1:" + port + "/postgres",
        "-Dbenchmark.user=" + TestServer.SUPERUSER);
  }

  static void install(Maven maven, Path sources, Path work, Path jar)
      throws IOException, InterruptedException {
    maven.run(
        work,
        List.of(
            "org.apache.maven.plugins:maven-install-plugin:3.1.4:install-file", "-Dfile=" + jar));
    maven.run(
        copy(sources.resolve("floor-plugin"), work.resolve("floor-plugin")),
        List.of("install"));
  }

  /** What the outer build has resolved already is the first repository, as for the stories. */
  private static Path settings(Path work) throws IOException {
    String template = Files.readString(Path.of("src/it/settings.xml"));
    String outer = Path.of(System.getProperty("benchmark.repository")).toUri().toString();
    return Files.writeString(
        work.resolve("settings.xml"), template.replace("@localRepositoryUrl@", outer));
  }

  static Path copy(Path from, Path to) throws IOException {
    try (Stream<Path> paths = Files.walk(from)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        Path copy = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(copy);
        } else {
          Files.writeString(copy, withVersions(Files.readString(path)));
        }
      }
    }
    return to;
  }

  private static String withVersions(String text) {
    return text.replace("@pgkill.version@", PGKILL_VERSION)
        // of a story
        .replace("@project.groupId@", "io.github.pgkill")
        .replace("@project.artifactId@", "pgkill-maven-plugin")
        .replace("@project.version@", PGKILL_VERSION)
        .replace("@driver.version@", DRIVER_VERSION);
  }
}
