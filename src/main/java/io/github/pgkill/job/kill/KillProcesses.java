package io.github.pgkill.job.kill;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.job.processes.KillOptions;
import io.github.pgkill.job.processes.ProcessKiller;
import io.github.pgkill.job.terminate.SessionTerminator;
import io.github.pgkill.model.ConnectionSettings;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.GuardRails;
import io.github.pgkill.model.GuardRefusal;
import io.github.pgkill.model.Outcome;
import io.github.pgkill.model.ProcessSignal;
import io.github.pgkill.model.SessionFilter;
import io.github.pgkill.model.Unreachable;
import io.github.pgkill.model.Verdict;
import io.github.pgkill.postgres.database.Databases;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Ends sessions the operating system's way: guard, connect, guard again, prove that the server is
 * one of this machine's processes, choose as everywhere, signal. Where no connection can be had,
 * the processes' titles take the server's place.
 */
public final class KillProcesses {

  /**
   * What is asked for.
   *
   * @param connection where and as whom
   * @param rails what may be touched
   * @param filter which sessions
   * @param options how
   * @param dryRun stop before the first signal
   * @param failIfDatabaseMissing whether a missing database is a failure or a job already done
   */
  public record Request(
      ConnectionSettings connection,
      GuardRails rails,
      SessionFilter filter,
      KillOptions options,
      boolean dryRun,
      boolean failIfDatabaseMissing) {}

  private final Console console;
  private final Journal journal;

  public KillProcesses(Console console, Journal journal) {
    this.console = console;
    this.journal = journal;
  }

  /** Does it. */
  public Termination run(Request request) {
    Admission entered;
    try {
      entered = Admission.toClear(request.connection(), request.rails(), console, journal);
    } catch (Unreachable e) {
      return new KillByTitle(console, journal, request, e).run();
    }
    try (Admission admission = entered) {
      Optional<DatabaseInfo> database = admission.target(request.failIfDatabaseMissing());
      return database.isPresent()
          ? kill(admission, database.get(), request)
          : Termination.nothing(
              "there is no database " + request.connection().database() + " to clear");
    }
  }

  private Termination kill(Admission admission, DatabaseInfo database, Request request) {
    Sessions sessions = Sessions.of(admission.server(), database, request.filter());
    ProcessKiller killer =
        new ProcessKiller(admission, sessions, request.options(), console, journal);
    SessionTerminator terminator =
        new SessionTerminator(sessions, options(request), admission.maxSessions(), console, journal);
    killer.prepare();
    killer.requireBackends(request.filter().pids());
    Selection first = terminator.prepare();
    killer.sideEffects(first.victims()).ifPresent(console::warn);
    if (request.dryRun()) {
      return terminator.rehearsal(first, List.of(), killer::commands);
    }
    Optional<GuardRefusal> refusal = killer.refusal(first.victims());
    if (refusal.isPresent()) {
      throw refusal.get();
    }
    Termination killed = terminator.runBy(killer, first);
    journal.results(killed.results());
    new Databases(admission.server()).requireSame(database);
    return concluding(killed, database.name());
  }

  /** What both ways say of a job that was done. */
  static Termination concluding(Termination termination, String database) {
    if (termination.verdict().status() != Verdict.Status.SUCCESS) {
      return termination;
    }
    boolean touched = termination.results().stream().anyMatch(r -> r.outcome().ended());
    long killed =
        termination.results().stream()
            .filter(
                r -> r.outcome() instanceof Outcome.Gone gone && gone.by() == ProcessSignal.KILL)
            .count();
    return termination.concluding(
        !touched
            ? "no session of database " + database + " to end"
            : "none of the selected sessions of database "
                + database
                + " is left"
                + (killed == 0
                    ? ""
                    : "; " + killed + " ended by KILL, after which the server has recovered"));
  }

  private static TerminationOptions options(Request request) {
    return new TerminationOptions(
            request.options().timeout(), Duration.ZERO, Duration.ZERO, false, request.dryRun())
        // whom the server would not end is whom the operating system is asked for
        .whenRefused(TerminationOptions.WhenRefused.CONTINUE);
  }
}
