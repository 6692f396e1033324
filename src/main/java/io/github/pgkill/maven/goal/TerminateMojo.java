package io.github.pgkill.maven.goal;

import io.github.pgkill.job.backup.BackupOptions;
import io.github.pgkill.job.lockout.Closing;
import io.github.pgkill.job.outcome.TerminationOptions.Newcomers;
import io.github.pgkill.job.watch.KeepClear;
import io.github.pgkill.maven.parameter.Choice;
import io.github.pgkill.maven.parameter.CloseWithChoice;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.host.BuildStep;
import io.github.pgkill.model.host.BuildSteps;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.io.File;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * Gives the build a database to itself: checks that it is the right one, closes it to new
 * connections, terminates the selected sessions until none is left and none comes back, proves it,
 * and opens the database again exactly as it was. Bind it, or type it, before {@code flyway:clean},
 * {@code liquibase:dropAll} or whatever else somebody's forgotten session would hang.
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
   * How the database is closed to new connections meanwhile: {@code revoke} takes CONNECT away
   * (superusers and admitted roles still get in), {@code connection-limit} sets the limit to 0
   * (superusers still get in), {@code allow-connections} keeps everybody out, {@code none} leaves
   * it open. {@code auto} takes the weakest way that stops every role seen, and never one that
   * shuts out what must get in; a role that may not close the database is told so, and who comes
   * back is terminated again.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.closeWith", defaultValue = "auto")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String closeWith;

  /**
   * The grantees that lose CONNECT under {@code revoke}, {@code PUBLIC} among them. Default: PUBLIC
   * and every grantee that is not admitted.
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
   * When the database is opened again: {@code immediately} at the end of the goal, {@code
   * build-end} at the end of the build however it ends, {@code never} only by {@code
   * restore-connect}. A goal that fails always opens it.
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
   * Until the build ends, a watcher in the background terminates each of the selected sessions as
   * soon as it keeps a session of this build waiting for a lock; no privilege is changed, {@code
   * closeWith} is {@code none} then. For applications that log in with the role of the migration
   * itself, so that no closing can tell them apart: who comes back then does not make this goal
   * fail. This build's sessions are those of {@code user} and {@code admitRoles} whose connection
   * belongs to this Maven or to a program that it started, and those that {@code
   * excludeApplicationNames} spares; they are never terminated. Where the operating system does not
   * tell whose a connection is (not Linux, addresses are translated on the way to the server, as
   * into a container, or this goal comes by a Unix socket), {@code excludeApplicationNames} must
   * name this build's tools.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.keepClear", defaultValue = "false")
  private boolean keepClear;

  /**
   * Steps of the build's own while the database is closed, before anybody is terminated, in order.
   * Each is one of {@code sql} and {@code sqlFile} (statements, in the database to clear or, with
   * {@code maintenance} as its {@code database}, where the plugin itself is connected) and {@code
   * command} ({@code argv}, never a shell line; also {@code workingDirectory}, {@code environment},
   * {@code successCodes}). Each may have a {@code timeout}, 10m by default. The first that fails
   * stops the goal, and the database is opened again. POM only.
   *
   * @since 0.1.0
   */
  @Parameter private @Nullable List<Step> beforeTerminate;

  /**
   * The same once the selected sessions are gone, before the database is opened again: a migration,
   * a dump, a shell tool that needs the database to itself. Not run when sessions are left. POM
   * only.
   *
   * @since 0.1.0
   */
  @Parameter private @Nullable List<Step> afterTerminate;

  @Override
  Object shown(String parameter, Object value) {
    return switch (parameter) {
      case "beforeTerminate" -> names(parameter, beforeTerminate);
      case "afterTerminate" -> names(parameter, afterTerminate);
      default -> value;
    };
  }

  private List<String> names(String parameter, @Nullable List<Step> steps) {
    return read(parameter, steps).stream().map(BuildStep::toShow).toList();
  }

  @Override
  void run(ConnectionSettings settings, Console console, Journal journal) {
    undoAtEndOfBuild();
    super.run(settings, console, journal);
  }

  @Override
  KeepClear.@Nullable Book watch() {
    return keepClear ? new KeepClear.Book(furtherJournal("keep-clear"), this::writeLater) : null;
  }

  @Override
  Newcomers newcomers() {
    return keepClear ? Newcomers.WATCHED : Newcomers.TERMINATED;
  }

  @Override
  List<String> admitRoles() {
    return list(admitRoles);
  }

  @Override
  @Nullable BackupOptions backup() {
    return backup ? backupOptions(backupDirectory, pgDump) : null;
  }

  @Override
  @Nullable Closing closing() {
    CloseWithChoice choice = Choice.of(CloseWithChoice.class, "closeWith", closeWith);
    Reopen when = Choice.of(Reopen.class, "reopen", reopen);
    if (keepClear && choice != CloseWithChoice.AUTO && choice != CloseWithChoice.NONE) {
      throw new InvalidParameter(
          "closeWith",
          "keepClear changes no privilege, so that the database cannot be closed with " + closeWith,
          "Leave closeWith out, or leave keepClear out.");
    }
    if (keepClear || choice == CloseWithChoice.NONE) {
      return null;
    }
    Closing closing =
        new Closing(
            choice.closeWith(),
            revokeFrom == null || revokeFrom.isEmpty() ? null : list(revokeFrom),
            admitRoles(),
            when,
            timeout(),
            affectReplication);
    return steps().isEmpty() ? closing : closing.forSteps();
  }

  @Override
  BuildSteps steps() {
    BuildSteps steps =
        new BuildSteps(
            read("beforeTerminate", beforeTerminate), read("afterTerminate", afterTerminate));
    boolean shutOut =
        Choice.of(CloseWithChoice.class, "closeWith", closeWith)
            == CloseWithChoice.ALLOW_CONNECTIONS;
    if (shutOut && !steps.inTarget().isEmpty()) {
      throw new InvalidParameter(
          "closeWith",
          "allow-connections keeps everybody out, the step "
              + steps.inTarget().get(0).name()
              + " included",
          "Write <closeWith>revoke</closeWith>, or leave it at auto.");
    }
    return steps;
  }

  private List<BuildStep> read(String parameter, @Nullable List<Step> steps) {
    List<BuildStep> read = new ArrayList<>();
    for (Step step : steps == null ? List.<Step>of() : steps) {
      read.add(step.read(parameter + "[" + (read.size() + 1) + "]", baseDirectory()));
    }
    return read;
  }
}
