package io.github.pgkill.job.backup;

import io.github.pgkill.testing.BackupJob;
import io.github.pgkill.testing.Jvm;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** A backup in a JVM of its own, whose environment a test chooses and whom it may interrupt. */
final class BackupProcess {

  private BackupProcess() {}

  /** Starts it; it ends with 0 when the backup is kept. */
  static Process start(
      TestServer server,
      String database,
      Path directory,
      String pgDump,
      Map<String, String> environment)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Jvm.command(
                BackupProcess.class,
                Integer.toString(server.port()),
                database,
                directory.toString(),
                pgDump));
    builder.environment().putAll(environment);
    return builder
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** Takes port, database, directory and pg_dump. */
  public static void main(String[] arguments) {
    BackupJob.of(Integer.parseInt(arguments[0]), arguments[1], Path.of(arguments[2]), arguments[3])
        .run();
  }
}
