package io.github.pgkill.job.drop;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.lockout.Closing;
import io.github.pgkill.job.lockout.LockoutScope;
import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.terminate.PreparedRollback;
import io.github.pgkill.job.terminate.SessionTerminator;
import io.github.pgkill.model.CloseWith;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.PgkillFailure;
import io.github.pgkill.model.Reopen;
import io.github.pgkill.model.SessionFilter;
import io.github.pgkill.model.Verdict;
import io.github.pgkill.postgres.database.Databases;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.util.List;
import java.util.Set;

/**
 * A database without any session, for as long as something is done to it as a whole: closed in the
 * way that nobody gets past, all sessions ended. Opened again if what is done fails.
 */
final class ClearedDatabase {

  private final boolean invalid;
  private final DropPreflight preflight;
  private final SessionTerminator terminator;
  private final LockoutScope door;
  private final PreparedRollback prepared;
  private final Journal journal;
  private Selection first = new Selection(Set.of(), List.of());

  ClearedDatabase(
      Admission admission,
      DatabaseInfo database,
      DropOptions options,
      PreparedRollback prepared,
      Console console,
      Journal journal) {
    this.prepared = prepared;
    this.journal = journal;
    this.invalid = new Databases(admission.server()).invalid(database);
    this.preflight = new DropPreflight(admission.server(), database);
    this.terminator =
        new SessionTerminator(
            Sessions.of(admission.server(), database, SessionFilter.ALL_CLIENTS_WHATEVER_THEY_DO),
            options.termination(),
            admission.maxSessions(),
            console,
            journal);
    this.door = new LockoutScope(admission, database, closing(options), console);
    if (invalid) {
      console.warn(
          "database "
              + database.name()
              + " is invalid, left over from an interrupted DROP DATABASE: nobody can connect to"
              + " it");
    }
  }

  /** Looks who is there, and refuses what must be refused before anybody is touched. */
  void look() {
    first = terminator.prepare();
    preflight.requireNobodySpared(first);
  }

  /** What would be done. */
  Termination rehearsal() {
    return prepared.rehearsed(
        terminator.rehearsal(first, invalid ? List.of() : door.rehearseUntilDone(first)));
  }

  /**
   * Clears the database and does the work, after which there is nothing left to open.
   *
   * @return what came of the sessions
   */
  Termination around(Runnable work) {
    return invalid ? clearAnd(work) : door.untilDone(first, () -> clearAnd(work));
  }

  /** Ends those who slipped in. */
  void again() {
    requireCleared(terminator.again());
  }

  private Termination clearAnd(Runnable work) {
    Termination cleared = prepared.afterwardsNone(requireCleared(terminator.run(first, true)));
    work.run();
    return cleared;
  }

  private Termination requireCleared(Termination termination) {
    journal.results(termination.results());
    if (termination.verdict().status() != Verdict.Status.SUCCESS) {
      throw new PgkillFailure(termination.verdict().summary(), termination.remedy());
    }
    return termination;
  }

  private static Closing closing(DropOptions options) {
    return new Closing(
        CloseWith.ALLOW_CONNECTIONS,
        null,
        List.of(),
        Reopen.IMMEDIATELY,
        options.timeout(),
        options.affectReplication());
  }
}
