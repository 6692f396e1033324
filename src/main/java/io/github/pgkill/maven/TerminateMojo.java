package io.github.pgkill.maven;

import io.github.pgkill.job.BackupOptions;
import io.github.pgkill.job.Closing;
import io.github.pgkill.model.ConnectionSettings;
import io.github.pgkill.model.Reopen;
import io.github.pgkill.report.Console;
import io.github.pgkill.report.Journal;
import java.io.File;
import java.util.List;
import java.util.Map;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * Gives the build a database to itself: checks that it is the right one, closes it to new
 * connections, terminates the selected sessions until none is left and none comes back, proves it,
 * and opens the database again exactly as it was. Bind it, or type it, before <code>flyway:clean
 * </code>, <code>liquibase:dropAll</code> or whatever else somebody's forgotten session would hang.
 *
 * @since 0.1.0
 */
@Mojo(
    name = "terminate",
    defaultPhase = LifecyclePhase.PRE_INTEGRATION_TEST,
    requiresProject = false,
    threadSafe = true)
public final class TerminateMojo extends AbstractTerminationMojo {

  /**
   * How the database is closed to new connections meanwhile: <code>revoke</code> takes CONNECT away
   * (superusers and admitted roles still get in), <code>connection-limit</code> sets the limit to 0
   * (superusers still get in), <code>allow-connections</code> keeps everybody out, <code>none
   * </code> leaves it open. <code>auto</code> takes the weakest way that stops every role seen, and
   * never one that shuts out what must get in; a role that may not close the database is told so,
   * and who comes back is terminated again.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.closeWith", defaultValue = "auto")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String closeWith;

  /**
   * The grantees that lose CONNECT under <code>revoke</code>, <code>PUBLIC</code> among them.
   * Default: PUBLIC and every grantee that is not admitted.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.revokeFrom")
  private @Nullable List<String> revokeFrom;

  /**
   * Roles that keep or get CONNECT while the database is closed, beside the connecting one and
   * pg_monitor.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.admitRoles")
  private @Nullable List<String> admitRoles;

  /**
   * When the database is opened again: <code>immediately</code> at the end of the goal, <code>
   * build-end</code> at the end of the build however it ends, <code>never</code> only by <code>
   * restore-connect</code>. A goal that fails always opens it.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.reopen", defaultValue = "immediately")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String reopen;

  /**
   * Consent to close a database that has logical replication slots or subscriptions: while it is
   * closed, they stand still and WAL piles up.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.affectReplication", defaultValue = "false")
  private boolean affectReplication;

  /**
   * Back the database up first, as goal <code>backup</code> does, before anybody is touched. If
   * that fails, so does this goal, and nothing else is done.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.backup", defaultValue = "false")
  private boolean backup;

  /**
   * Where dumps are kept, each with a manifest: open to their owner only, and ignored by git.
   * Default: <code>.pgkill/backups</code> of the directory that Maven was started in, which no
   * <code>clean</code> deletes.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.backupDirectory")
  private @Nullable File backupDirectory;

  /**
   * The <code>pg_dump</code> to use, a path or a name; it must not be older than the server. The
   * <code>pg_restore</code> beside it is used, too. Default: <code>pg_dump</code> on the path.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.pgDump")
  private @Nullable String pgDump;

  @Override
  void describe(Map<String, Object> request) {
    super.describe(request);
    put(request, "closeWith", closeWith);
    put(request, "revokeFrom", revokeFrom);
    put(request, "admitRoles", admitRoles);
    put(request, "reopen", reopen);
    put(request, "affectReplication", affectReplication);
    put(request, "backup", backup);
    put(request, "backupDirectory", backupDirectory == null ? null : backupDirectory.toString());
    put(request, "pgDump", pgDump);
  }

  @Override
  void run(ConnectionSettings settings, Console console, Journal journal) {
    undoAtEndOfBuild();
    super.run(settings, console, journal);
  }

  @Override
  @Nullable BackupOptions backup() {
    return backup ? backupOptions(backupDirectory, pgDump) : null;
  }

  @Override
  @Nullable Closing closing() {
    DoorChoice choice = Choice.of(DoorChoice.class, "closeWith", closeWith);
    Reopen when = Choice.of(Reopen.class, "reopen", reopen);
    return choice == DoorChoice.NONE
        ? null
        : new Closing(
            choice.closeWith(),
            revokeFrom == null || revokeFrom.isEmpty() ? null : list(revokeFrom),
            list(admitRoles),
            when,
            timeout(),
            affectReplication);
  }
}
