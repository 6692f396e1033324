package io.github.pgkill.job.connect;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.admission.EnoughSlots;
import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.lockout.Closing;
import io.github.pgkill.job.lockout.LockoutScope;
import io.github.pgkill.job.lockout.LockoutScope.Need;
import io.github.pgkill.job.lockout.RolesExist;
import io.github.pgkill.job.nodes.Replay;
import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.job.phases.Runner;
import io.github.pgkill.job.poolers.PoolerPause;
import io.github.pgkill.job.removal.Leftovers;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.report.Verdict.Status;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.Wording;
import java.util.ArrayList;
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

  public void run(Request request) {
    try (Admission admission =
        Admission.toClear(request.connection(), request.rails(), console, journal)) {
      Optional<DatabaseInfo> database = admission.target(request.failIfDatabaseMissing());
      if (database.isEmpty()) {
        verdict(Status.SUCCESS, Wording.noDatabase(request.connection().database(), "close"));
        return;
      }
      close(admission, database.get(), request);
    }
  }

  private void close(Admission admission, DatabaseInfo database, Request request) {
    Sessions sessions = Sessions.of(admission.nodes(), database, SessionFilter.ALL_CLIENTS);
    PoolerPause poolers = new PoolerPause(admission, database, console, journal);
    LockoutScope lockout =
        new LockoutScope(
                admission,
                database,
                request.closing(),
                Need.MUST,
                () -> Selection.of(sessions),
                console)
            .behind(poolers);
    List<Phase<?>> phases =
        new ArrayList<>(
            List.of(
                new RolesExist(admission.server(), request.closing()),
                // one bears witness to the closing, one tries whether the database lets us in, and
                // one holds the lockout
                new EnoughSlots(admission, 3),
                new Leftovers(admission, database, console),
                lockout));
    if (admission.severalNodes()) {
      phases.add(
          new Replay(
              admission.nodes(), database, "the closing", request.closing().timeout(), console));
    }
    new Runner(
            request.dryRun(),
            BuildLockouts.lock(admission, database, request.closing().timeout(), "timeout"),
            console)
        .run(phases);
    if (request.dryRun()) {
      journal.statements().forEach(console::info);
      verdict(Status.DRY_RUN, "dry run: nothing was changed");
      return;
    }
    verdict(
        Status.SUCCESS,
        "database "
            + database.name()
            + switch (lockout.standing()) {
              case FREE -> " is closed to new connections";
              case OURS -> " is closed by this build already";
              case STAYS_CLOSED -> " is closed already, to stay closed until restore-connect";
            });
  }

  private void verdict(Status status, String summary) {
    journal.remarks().forEach(console::info);
    console.info(summary);
    journal.verdict(new Verdict(status, summary, journal.remarks()));
  }
}
