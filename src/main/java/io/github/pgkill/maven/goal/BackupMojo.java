package io.github.pgkill.maven.goal;

import io.github.pgkill.job.backup.Backup;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.io.File;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * Dumps a database with {@code pg_dump} in its custom format, and keeps the dump only when {@code
 * pg_restore} has read all of it, with a checksum and a manifest beside it. Changes nothing on the
 * server, and asks no guard. A dump holds neither roles nor tablespaces. {@code recreate-database}
 * restores one ({@code fromBackup}), and {@code pg_restore} does by itself.
 *
 * @since 0.1.0
 */
@Mojo(
    name = "backup",
    defaultPhase = LifecyclePhase.PRE_INTEGRATION_TEST,
    requiresProject = false,
    threadSafe = true)
public final class BackupMojo extends AbstractPgkillMojo {

  /**
   * Where dumps are kept, each with a manifest: open to their owner only, and ignored by git.
   * Default: {@code .pgkill/backups} of the directory that Maven was started in, which no {@code
   * clean} deletes.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.backupDirectory")
  private @Nullable File backupDirectory;

  /**
   * The {@code pg_dump} to use, a path or a name; it must not be older than the server. The {@code
   * pg_restore} beside it is used, too. Default: {@code pg_dump} on the path.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.pgDump")
  private @Nullable String pgDump;

  @Override
  void run(ConnectionSettings settings, Console console, Journal journal) {
    new Backup(console, journal)
        .run(
            new Backup.Request(
                settings,
                backupOptions(backupDirectory, pgDump),
                failIfDatabaseMissing(),
                dryRun()));
  }
}
