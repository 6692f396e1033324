package io.github.pgkill.job.connect;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.lockout.Closing;
import io.github.pgkill.job.lockout.DatabaseLockout;
import io.github.pgkill.job.lockout.LockoutKeeper;
import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.job.removal.Leftovers;
import io.github.pgkill.model.ConnectionSettings;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.GuardRails;
import io.github.pgkill.model.LockoutReport;
import io.github.pgkill.model.PgkillFailure;
import io.github.pgkill.model.Reopen;
import io.github.pgkill.model.SessionFilter;
import io.github.pgkill.model.Verdict;
import io.github.pgkill.postgres.lockout.ClosePlan;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.util.List;
import java.util.Optional;

/** Closes a database to new connections, for the build or until somebody opens it. */
public final class RevokeConnect {

  /**
   * What is asked for.
   *
   * @param connection where and as whom
   * @param rails what may be touched
   * @param closing how
   * @param failIfDatabaseMissing whether a missing database is a failure
   * @param dryRun stop before the first change
   */
  public record Request(
      ConnectionSettings connection,
      GuardRails rails,
      Closing closing,
      boolean failIfDatabaseMissing,
      boolean dryRun) {}

  private final Console console;
  private final Journal journal;

  public RevokeConnect(Console console, Journal journal) {
    this.console = console;
    this.journal = journal;
  }

  /** Does it. */
  public void run(Request request) {
    try (Admission admission =
        Admission.toClear(request.connection(), request.rails(), console, journal)) {
      Optional<DatabaseInfo> database = admission.target(request.failIfDatabaseMissing());
      if (database.isEmpty()) {
        verdict("there is no database " + request.connection().database() + " to close");
        return;
      }
      synchronized (
          BuildLockouts.mutex(BuildLockouts.key(admission.server().info(), database.get()))) {
        close(admission, database.get(), request);
      }
    }
  }

  private void close(Admission admission, DatabaseInfo database, Request request) {
    DatabaseLockout door = new DatabaseLockout(admission.server(), database, console);
    Closing closing = request.closing();
    switch (request.dryRun() ? door.foresee() : door.settle(closing.timeout())) {
      case OURS -> {
        if (!request.dryRun()) {
          String key = BuildLockouts.key(admission.server().info(), database);
          door.found().ifPresent(record -> BuildLockouts.share(key, record));
        }
        verdict("database " + database.name() + " is closed by this build already");
      }
      case STAYS_CLOSED ->
          verdict(
              "database "
                  + database.name()
                  + " is closed already, to stay closed until restore-connect");
      case FREE -> closeFree(admission, database, door, request);
    }
  }

  private void closeFree(
      Admission admission, DatabaseInfo database, DatabaseLockout door, Request request) {
    if (!door.mayClose()) {
      throw new PgkillFailure(
          door.whyItMayNotClose(), "Connect as its owner, or GRANT the owner's role.");
    }
    Selection there =
        Selection.of(Sessions.of(admission.server(), database, SessionFilter.ALL_CLIENTS));
    ClosePlan plan = door.plan(request.closing(), there.victims());
    if (request.dryRun()) {
      List<String> statements = door.rehearse(plan);
      statements.forEach(console::info);
      journal.plannedStatements(statements);
      journal.verdict(
          new Verdict(Verdict.Status.DRY_RUN, "dry run: nothing was changed", List.of()));
      return;
    }
    new Leftovers(admission, console).remove(database);
    closeAndKeep(admission, database, door, request, plan);
    verdict("database " + database.name() + " is closed to new connections");
  }

  private void closeAndKeep(
      Admission admission,
      DatabaseInfo database,
      DatabaseLockout door,
      Request request,
      ClosePlan plan) {
    if (plan.reopen() == Reopen.NEVER) {
      door.close(plan);
      report(door);
      return;
    }
    LockoutKeeper keeper = LockoutKeeper.start(admission, database, console);
    String key = BuildLockouts.key(admission.server().info(), database);
    keeper.closed(BuildLockouts.keepWhile(key, database, keeper, () -> door.close(plan)));
    report(door);
  }

  private void report(DatabaseLockout door) {
    LockoutReport closed = door.report();
    if (closed != null) {
      journal.lockout(closed);
      journal.statements(closed.closing());
    }
  }

  private void verdict(String summary) {
    console.info(summary);
    journal.verdict(new Verdict(Verdict.Status.SUCCESS, summary, List.of()));
  }
}
