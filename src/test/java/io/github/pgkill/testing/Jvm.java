package io.github.pgkill.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Other JVMs with our class path: builds that can be killed, and colleagues' programs. */
public final class Jvm {

  /** For whom starting fast matters more than running fast. Large pages are for Linux only. */
  public static final List<String> SHORT_LIVED =
      List.of(
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseSerialGC",
          "-Xms64m",
          "-Xmn32m",
          "-XX:+IgnoreUnrecognizedVMOptions",
          "-XX:+UseTransparentHugePages");

  private Jvm() {}

  /** The command that runs that class. */
  public static List<String> command(Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(SHORT_LIVED);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Ends it as SIGKILL does, and waits until it is gone. */
  public static void kill(Process process) {
    process.destroyForcibly();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        throw new IllegalStateException("it survives SIGKILL");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Starts it as nobody's child whom we know: the shell between ends at once. Not on Windows. */
  static void startOrphan(Class<?> main, String... arguments) {
    List<String> command =
        new ArrayList<>(List.of("sh", "-c", "\"$@\" </dev/null >/dev/null 2>&1 &", "sh"));
    command.addAll(command(main, arguments));
    Commands.run(command);
  }
}
