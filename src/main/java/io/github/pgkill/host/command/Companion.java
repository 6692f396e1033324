package io.github.pgkill.host.command;

import io.github.pgkill.model.failure.PgkillError;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A program beside the build that is spoken with line by line, and outlives it: in a session of its
 * own, deaf to what ends a build. That the build is gone it learns by the end of its input.
 */
public final class Companion {

  /** What a program needs to start; nothing else of the build's environment goes there. */
  private static final List<String> INHERITED =
      List.of(
          "PATH", "HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL", "SystemRoot");

  private final Process process;
  private final Writer in;

  private Companion(Process process) {
    this.process = process;
    this.in = process.outputWriter(StandardCharsets.UTF_8);
  }

  /**
   * Starts it.
   *
   * @param name for the thread that listens to it
   * @param line gets each line that it says
   * @param silent called when it says nothing any more
   * @throws PgkillError when it cannot be started
   */
  public static Companion start(
      Programs programs, List<String> argv, String name, Consumer<String> line, Runnable silent) {
    ProcessBuilder builder = new ProcessBuilder(new Shield(programs).aroundTheLast(argv));
    Map<String, String> environment = builder.environment();
    environment.keySet().retainAll(INHERITED);
    // an error stream that nobody reads would fill up
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    try {
      Companion companion = new Companion(builder.start());
      Thread listener = new Thread(() -> companion.listen(line, silent), name);
      listener.setDaemon(true);
      listener.start();
      return companion;
    } catch (IOException e) {
      throw new PgkillError("cannot start " + argv.get(0) + ": " + e.getMessage(), null, e);
    }
  }

  private void listen(Consumer<String> line, Runnable silent) {
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      out.lines().forEach(line);
    } catch (IOException | UncheckedIOException e) {
      // its output broke off: what follows is silence
      return;
    } finally {
      silent.run();
    }
  }

  /**
   * Tells it something.
   *
   * @return whether it still listens
   */
  public boolean tell(List<String> lines) {
    try {
      for (String line : lines) {
        in.write(line);
        in.write('\n');
      }
      in.flush();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether it has ended by then, by itself. */
  public boolean ended(Duration atMost) {
    try {
      return process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PgkillError("interrupted while waiting for a program", null, e);
    }
  }

  /** Lets it know that nobody will tell it anything any more. */
  public void leave() {
    try {
      in.close();
    } catch (IOException e) {
      // it has ended: there is nobody left to tell
      return;
    }
  }
}
