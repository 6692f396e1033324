package io.github.pgkill.job;

import io.github.pgkill.model.BuildSteps;
import io.github.pgkill.model.ConnectionSettings;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.GuardRails;
import io.github.pgkill.model.PreparedRule;
import io.github.pgkill.model.SessionFilter;
import io.github.pgkill.model.Verdict;
import io.github.pgkill.report.Console;
import io.github.pgkill.report.Journal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The goals that terminate sessions: guard, connect, guard again, terminate until quiet. */
public final class TerminateSessions {

  /**
   * What is asked for.
   *
   * @param connection where and as whom
   * @param rails what may be touched
   * @param filter which sessions
   * @param options how
   * @param closing how the database is closed meanwhile; null to leave it as it is
   * @param prepared which prepared transactions are rolled back; null for none
   * @param steps what the build itself does meanwhile
   * @param failIfDatabaseMissing whether a missing database is a failure or a job already done
   */
  public record Request(
      ConnectionSettings connection,
      GuardRails rails,
      SessionFilter filter,
      TerminationOptions options,
      @Nullable Closing closing,
      @Nullable PreparedRule prepared,
      BuildSteps steps,
      boolean failIfDatabaseMissing) {}

  private final Console console;
  private final Journal journal;

  public TerminateSessions(Console console, Journal journal) {
    this.console = console;
    this.journal = journal;
  }

  /** Does it. */
  public Termination run(Request request) {
    try (Admission admission =
        Admission.toClear(request.connection(), request.rails(), console, journal)) {
      Optional<DatabaseInfo> database = admission.target(request.failIfDatabaseMissing());
      return database.isPresent()
          ? clearAlone(admission, database.get(), request)
          : Termination.nothing(
              "there is no database " + request.connection().database() + " to clear");
    }
  }

  /** No other goal of this build may open the database while this one relies on its door. */
  private Termination clearAlone(Admission admission, DatabaseInfo database, Request request) {
    if (request.closing() == null) {
      return clear(admission, database, request);
    }
    synchronized (BuildLockouts.mutex(BuildLockouts.key(admission.server().info(), database))) {
      return clear(admission, database, request);
    }
  }

  private Termination clear(Admission admission, DatabaseInfo database, Request request) {
    try (PreparedRollback prepared =
        new PreparedRollback(admission, database, request.prepared(), console, journal)) {
      return clear(admission, database, request, prepared);
    }
  }

  private Termination clear(
      Admission admission, DatabaseInfo database, Request request, PreparedRollback prepared) {
    OwnSteps steps = new OwnSteps(request.steps(), admission.server(), database, console, journal);
    SessionTerminator terminator =
        new SessionTerminator(
            admission.server().sessions(database, request.filter()),
            request.options(),
            admission.maxSessions(),
            console);
    DoorDuring door =
        new DoorDuring(admission, database, request.connection(), request.closing(), console);
    Selection first = terminator.prepare();
    prepared.prepare();
    if (request.options().dryRun()) {
      List<String> before = new ArrayList<>(door.rehearse(first));
      before.addAll(steps.rehearseBefore());
      return prepared
          .rehearsed(terminator.rehearsal(first, before))
          .followedBy(steps.rehearseAfter());
    }
    Termination termination =
        door.during(
            first, closed -> amid(steps, () -> prepared.after(terminator.run(first, closed))));
    return door.opened() ? termination.remarking(terminator.cameBack()) : termination;
  }

  /** The build's own steps around the terminating; those after it only when nobody is left. */
  private Termination amid(OwnSteps steps, Supplier<Termination> work) {
    steps.before();
    Termination termination = work.get();
    if (termination.verdict().status() == Verdict.Status.SUCCESS) {
      // a step that fails takes nothing of what was done out of the report
      journal.results(termination.results());
      steps.after();
    }
    return termination;
  }
}
