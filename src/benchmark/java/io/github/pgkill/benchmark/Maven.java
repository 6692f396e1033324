package io.github.pgkill.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The Maven that runs this build, started again with a local repository of the benchmark's own. */
record Maven(Path home, Path repository, Path settings, Path log) {

  /**
   * Runs it.
   *
   * @return the time from start to end, in milliseconds
   */
  double run(Path directory, List<String> arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(executable().toString()));
    command.addAll(
        List.of(
            "--batch-mode",
            "--settings=" + settings,
            "-Dmaven.repo.local=" + repository,
            "-Dstyle.color=never"));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("MAVEN_"));
    long start = System.nanoTime();
    int status = builder.start().waitFor();
    double millis = Rounds.millisSince(start);
    if (status != 0) {
      throw new IllegalStateException(command + " failed: " + Files.readString(log));
    }
    return millis;
  }

  private Path executable() {
    boolean windows = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
    return home.resolve("bin").resolve(windows ? "mvn.cmd" : "mvn");
  }
}
