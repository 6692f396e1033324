package io.github.pgkill.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The Maven that runs this build, started again with a local repository of the benchmark's own. */
record Maven(Path home, Path repository, Path settings, Path log) {

  /** Linux counts in hundredths of a second for everybody. */
  private static final double MILLIS_PER_TICK = 10;

  /**
   * What one run took, in milliseconds.
   *
   * @param wall from start to end
   * @param processor of all its threads; not a number where the system does not tell
   */
  record Took(double wall, double processor) {}

  /** Runs it. */
  Took run(Path directory, List<String> arguments) throws IOException, InterruptedException {
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
    double before = processorMillisOfChildren();
    long start = System.nanoTime();
    int status = builder.start().waitFor();
    double millis = Rounds.millisSince(start);
    if (status != 0) {
      throw new IllegalStateException(command + " failed: " + Files.readString(log));
    }
    return new Took(millis, processorMillisOfChildren() - before);
  }

  /** Of all that ended so far, by Linux's own count (proc(5), cutime and cstime). */
  private static double processorMillisOfChildren() throws IOException {
    Path stat = Path.of("/proc/self/stat");
    if (!Files.isReadable(stat)) {
      return Double.NaN;
    }
    String text = Files.readString(stat);
    String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[13]) + Long.parseLong(fields[14])) * MILLIS_PER_TICK;
  }

  private Path executable() {
    boolean windows = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
    return home.resolve("bin").resolve(windows ? "mvn.cmd" : "mvn");
  }
}
