package io.github.pgkill.job.restart;

import io.github.pgkill.host.command.Programs;
import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.backup.BackupOptions;
import io.github.pgkill.job.backup.DatabaseBackup;
import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.phases.BuildLock;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.job.phases.Runner;
import io.github.pgkill.job.poolers.PausedAround;
import io.github.pgkill.job.poolers.PoolerPause;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.patroni.PatroniAccess;
import io.github.pgkill.model.report.Verdict.Status;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Restarts a server: guard, connect, prove which server it is, ask for consent, run the command,
 * prove that the server did restart.
 */
public final class RestartServer {

  /**
   * What is asked for.
   *
   * @param connection where and as whom
   * @param rails what may be touched
   * @param filter which sessions may end without further consent
   * @param options how
   * @param backup how the database is backed up first; null for not at all
   * @param failIfDatabaseMissing whether a missing database is a failure or a job already done
   * @param patroni how the cluster's manager is asked; null where none is named
   */
  public record Request(
      ConnectionSettings connection,
      GuardRails rails,
      SessionFilter filter,
      RestartOptions options,
      @Nullable BackupOptions backup,
      boolean failIfDatabaseMissing,
      @Nullable PatroniAccess patroni) {}

  private final Programs programs;
  private final Console console;
  private final Journal journal;

  public RestartServer(Console console, Journal journal) {
    this(Programs.ofThisBuild(), console, journal);
  }

  RestartServer(Programs programs, Console console, Journal journal) {
    this.programs = programs;
    this.console = console;
    this.journal = journal;
  }

  public Termination run(Request request) {
    PatroniRestart.requirePossible(request.options(), request.patroni());
    Duration timeout = request.options().readyTimeout();
    // a server that another module restarts at this moment answers nobody
    BuildLock.Wanted one =
        new BuildLock.Wanted("restart", "a server", journal.who(), timeout, "readyTimeout");
    try (BuildLock alone = BuildLock.take(one, console);
        Admission admission =
            Admission.toClear(request.connection(), request.rails(), console, journal)) {
      Optional<DatabaseInfo> database = admission.target(request.failIfDatabaseMissing());
      return database.isPresent()
          ? restart(admission, database.get(), request)
          : Termination.nothing(
              "there is no database "
                  + request.connection().database()
                  + ", so its server was not restarted");
    }
  }

  private Termination restart(Admission admission, DatabaseInfo database, Request request) {
    RestartOptions options = request.options();
    Restart restart = new Restart(admission, database, request, programs, console);
    List<Phase<?>> phases = new ArrayList<>();
    phases.addAll(DatabaseBackup.first(request.backup(), admission, database, console, journal));
    phases.add(
        new PausedAround(
            PoolerPause.aroundRestart(admission, console).expecting(options.readyTimeout()),
            console));
    phases.add(restart);
    new Runner(
            options.dryRun(),
            BuildLockouts.lock(admission, database, options.readyTimeout(), "readyTimeout"),
            console)
        .run(phases);
    return Termination.of(
        journal, options.dryRun() ? Status.DRY_RUN : Status.SUCCESS, restart.summary());
  }

  /** For the end of the build: waits, bounded, until a restart that has begun is finished. */
  public static void awaitUnderWay() {
    RestartUnderWay.awaitEnd();
  }
}
