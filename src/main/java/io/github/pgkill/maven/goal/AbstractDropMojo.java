package io.github.pgkill.maven.goal;

import io.github.pgkill.job.backup.BackupOptions;
import io.github.pgkill.job.drop.DropOptions;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.value.Durations;
import java.io.File;
import java.time.Duration;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/** The goals that drop a database: how, and what they may do away with. */
abstract class AbstractDropMojo extends AbstractPgkillMojo {

  /**
   * How long the sessions of the database may take to be gone, and then the database itself. On
   * PostgreSQL 15 and later, DROP DATABASE waits for every process of the server; one that is
   * running when time is up is never cancelled, because that would ruin the database: the goal
   * fails, names it, and leaves it to finish.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.timeout", defaultValue = "30s")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String timeout;

  /**
   * The database's name, typed again. Required on a server that had to be listed in {@code
   * allowedServers}; wherever it is given, it must match.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.confirm")
  private @Nullable String confirm;

  /**
   * Consent to lose the logical replication slots of the database, which vanish with it. A slot in
   * use and a subscription stop the goal all the same: it says how to remove them.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.affectReplication", defaultValue = "false")
  private boolean affectReplication;

  /**
   * If the database has more sessions than this, touch nothing and fail. Default: no limit on this
   * machine, 100 elsewhere.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.maxSessions")
  private @Nullable String maxSessions;

  /**
   * Back the database up first, as goal {@code backup} does, before anybody is touched. If that
   * fails, so does this goal, and nothing else is done.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.backup", defaultValue = "false")
  private boolean backup;

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

  /**
   * Roll back the prepared transactions (two-phase commit) of the database whose identifier matches
   * {@code preparedGid} and that are at least {@code minPreparedAge} old, once the sessions are
   * gone. Not where their transaction manager still lives: another branch of the same transaction
   * may be committed elsewhere. It needs the role that prepared them, a member of it, or a
   * superuser, and a connection to the database itself. Without it they are only reported.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.rollbackPrepared", defaultValue = "false")
  private boolean rollbackPrepared;

  /**
   * Which prepared transactions {@code rollbackPrepared} may roll back: a regular expression
   * (PostgreSQL's, unanchored, case-sensitive) on their global identifiers. Required with it,
   * refused without it.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.preparedGid")
  private @Nullable String preparedGid;

  /**
   * How long ago a transaction must have been prepared to be rolled back: {@code 500ms}, {@code
   * 30s}, {@code 5m}, {@code 2h}, {@code 1d} or ISO 8601. Younger ones may be about to be
   * committed.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.minPreparedAge", defaultValue = "10m")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String minPreparedAge;

  @Override
  final boolean targetFromEnvironment() {
    return false;
  }

  final @Nullable BackupOptions backup() {
    return backup ? backupOptions(backupDirectory, pgDump) : null;
  }

  final @Nullable String pgDump() {
    return pgDump;
  }

  final GuardRails rails() {
    return rails(maxSessions == null ? null : wholeNumber("maxSessions", maxSessions, 0));
  }

  final DropOptions options() {
    return new DropOptions(
        timeout(),
        confirm,
        affectReplication,
        PreparedParameters.rule(rollbackPrepared, preparedGid, minPreparedAge),
        failIfDatabaseMissing(),
        dryRun());
  }

  @Override
  final Duration timeout() {
    return Durations.parse("timeout", timeout);
  }
}
