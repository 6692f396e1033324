package io.github.pgkill.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** The demo's Maven: runs goals, and shows of what it prints only what the goals say. */
final class DemoBuild {

  private static final int PATIENCE_MINUTES = 5;

  private final Path mavenHome;
  private final Path project;
  private final List<String> options = new ArrayList<>();

  DemoBuild(List<String> arguments, String url) {
    mavenHome = Path.of(arguments.get(0));
    project = Path.of(arguments.get(1));
    options.addAll(List.of("-B", "-ntp", "-Dstyle.color=never", "-Ddemo.url=" + url));
    options.add("-Ddemo.directory=" + arguments.get(2));
    options.add("-Dmaven.repo.local=" + arguments.get(3));
    options.add("-Dpgkill.version=" + arguments.get(4));
    addIfThere("-gs", Path.of(arguments.get(5)));
    addIfThere("-s", Path.of(arguments.get(6)));
  }

  private void addIfThere(String option, Path settings) {
    if (Files.isRegularFile(settings)) {
      options.addAll(List.of(option, settings.toString()));
    }
  }

  /**
   * Runs Maven and shows the lines that its goals print and the predicate wants.
   *
   * @return whether it said BUILD SUCCESS
   */
  boolean run(Predicate<String> wanted, String... goals) throws IOException, InterruptedException {
    Process maven = start(goals);
    CompletableFuture.delayedExecutor(PATIENCE_MINUTES, TimeUnit.MINUTES)
        .execute(maven::destroyForcibly);
    try (BufferedReader output = maven.inputReader()) {
      DemoOutput shown = new DemoOutput(wanted);
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        shown.line(line);
      }
    }
    return maven.waitFor() == 0;
  }

  private Process start(String... goals) throws IOException {
    boolean windows = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
    List<String> argv = new ArrayList<>();
    argv.add(mavenHome.resolve("bin").resolve(windows ? "mvn.cmd" : "mvn").toString());
    argv.addAll(options);
    argv.addAll(List.of(goals));
    ProcessBuilder builder =
        new ProcessBuilder(argv).directory(project.toFile()).redirectErrorStream(true);
    // what the Maven that runs us has told its own children
    builder.environment().keySet().removeAll(List.of("MAVEN_PROJECTBASEDIR", "MAVEN_BASEDIR"));
    return builder.start();
  }
}
