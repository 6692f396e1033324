package io.github.pgkill.job.kill;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.outcome.NotCleared;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.job.outcome.Verdicts;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.job.phases.Runner;
import io.github.pgkill.job.processes.KillOptions;
import io.github.pgkill.job.processes.ProcessKiller;
import io.github.pgkill.job.terminate.SelectSessions;
import io.github.pgkill.job.terminate.SessionTerminator;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.failure.Unreachable;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.ProcessSignal;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.Wording;
import java.time.Duration;
import java.util.ArrayList;
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

  public Termination run(Request request) {
    Admission entered;
    try {
      entered = Admission.toClear(request.connection(), request.rails(), console, journal);
    } catch (Unreachable e) {
      return kill(new KillByTitle(console, journal, request, e), List.of(), request);
    }
    try (Admission admission = entered) {
      Optional<DatabaseInfo> database = admission.target(request.failIfDatabaseMissing());
      return database.isPresent()
          ? kill(admission, database.get(), request)
          : Termination.nothing(Wording.noDatabase(request.connection().database(), "clear"));
    }
  }

  private Termination kill(Admission admission, DatabaseInfo database, Request request) {
    admission.primaryOnly("processes are signalled on this machine");
    Sessions sessions = Sessions.of(admission.server(), database, request.filter());
    ProcessKiller killer =
        new ProcessKiller(admission, sessions, request.options(), console, journal);
    SessionTerminator terminator =
        new SessionTerminator(
            sessions, options(request), admission.maxSessions(), console, journal);
    SelectSessions selected = new SelectSessions(terminator);
    KillSelected kill =
        new KillSelected(
            killer, selected, terminator, request.filter().pids(), database, admission, console);
    return kill(kill, List.of(killer, selected), request);
  }

  private Termination kill(Phase<?> kill, List<Phase<?>> before, Request request) {
    List<Phase<?>> phases = new ArrayList<>(before);
    phases.add(kill);
    try {
      new Runner(request.dryRun(), console).run(phases);
    } catch (NotCleared e) {
      return Termination.failed(journal, e);
    }
    String database = request.connection().database();
    return request.dryRun()
        ? Termination.of(
            journal,
            Verdict.Status.DRY_RUN,
            new Verdicts(database, options(request)).rehearsed(journal.listed().size()))
        : Termination.of(journal, Verdict.Status.SUCCESS, concluded(database));
  }

  private String concluded(String database) {
    boolean touched = journal.results().stream().anyMatch(r -> r.outcome().ended());
    long killed =
        journal.results().stream()
            .filter(
                r -> r.outcome() instanceof Outcome.Gone gone && gone.by() == ProcessSignal.KILL)
            .count();
    return !touched
        ? "no session of database " + database + " to end"
        : "none of the selected sessions of database "
            + database
            + " is left"
            + (killed == 0
                ? ""
                : "; " + killed + " ended by KILL, after which the server has recovered");
  }

  static TerminationOptions options(Request request) {
    return new TerminationOptions(
            request.options().timeout(), Duration.ZERO, Duration.ZERO, false, request.dryRun())
        // whom the server would not end is whom the operating system is asked for
        .whenRefused(TerminationOptions.WhenRefused.CONTINUE);
  }
}
