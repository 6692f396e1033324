package io.github.pgkill.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs the server's programs. Their output goes to a file: a pipe would outlive them in the server.
 */
final class Commands {

  private static final long TIMEOUT_SECONDS = 60;

  private Commands() {}

  static boolean succeeds(List<String> argv) {
    try {
      run(argv);
      return true;
    } catch (IllegalStateException | UncheckedIOException e) {
      return false;
    }
  }

  /**
   * @throws IllegalStateException with the program's output when it fails or takes over a minute
   */
  static void run(List<String> argv) {
    try {
      Path output = Files.createTempFile(Directories.PREFIX, ".log");
      try {
        run(argv, output);
      } finally {
        Files.deleteIfExists(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while running " + argv, e);
    }
  }

  private static void run(List<String> argv, Path output) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(argv)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .redirectInput(ProcessBuilder.Redirect.PIPE)
            .start();
    process.getOutputStream().close();
    if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException(argv + " hangs: " + Files.readString(output));
    }
    if (process.exitValue() != 0) {
      throw new IllegalStateException(
          argv + " failed with " + process.exitValue() + ": " + Files.readString(output));
    }
  }
}
