package io.github.pgkill.host.poolers;

import io.github.pgkill.host.command.Companion;
import io.github.pgkill.host.command.Programs;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Another JVM like this one, small, beside the build and longer-lived. What it needs to know it is
 * told by its input: nothing of it stands in its arguments or its environment.
 */
public final class HolderProcess {

  /** For whom starting fast matters more than running fast. */
  private static final List<String> SMALL =
      List.of(
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseSerialGC",
          "-Xshare:auto",
          "-Xms16m",
          "-Xmx64m",
          "-Xrs");

  /** What stands for the end of what it says. */
  private static final String SILENCE = "";

  private final Companion companion;
  private final BlockingQueue<String> heard;

  private HolderProcess(Companion companion, BlockingQueue<String> heard) {
    this.companion = companion;
    this.heard = heard;
  }

  /** Starts that class with that class path. */
  public static HolderProcess start(String mainClass, List<Path> classPath) {
    List<String> argv = new ArrayList<>();
    argv.add(java());
    argv.addAll(SMALL);
    argv.addAll(
        List.of(
            "-cp",
            classPath.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)),
            mainClass));
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    Companion companion =
        Companion.start(
            Programs.ofThisBuild(), argv, "pgkill-poolers", heard::add, () -> heard.add(SILENCE));
    return new HolderProcess(companion, heard);
  }

  private static String java() {
    return ProcessHandle.current()
        .info()
        .command()
        .filter(command -> command.endsWith("java") || command.endsWith("java.exe"))
        .orElseGet(() -> Path.of(System.getProperty("java.home"), "bin", "java").toString());
  }

  /** Tells it something; false when it does not listen any more. */
  public boolean tell(List<String> lines) {
    return companion.tell(lines);
  }

  /** What it says next; null when it says nothing for so long, or nothing any more. */
  public @Nullable String hear(Duration atMost) {
    try {
      String line = heard.poll(atMost.toMillis(), TimeUnit.MILLISECONDS);
      if (line == null || line.equals(SILENCE)) {
        return null;
      }
      return line;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  /** Whether it has ended by then. */
  public boolean ended(Duration atMost) {
    return companion.ended(atMost);
  }

  /** Closes its input: it does what it does when the build is gone. */
  public void leave() {
    companion.leave();
  }
}
