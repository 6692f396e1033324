package io.github.pgkill.job.terminate;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.backup.BackupFirst;
import io.github.pgkill.job.diagnose.BlockerSearch;
import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.lockout.Closing;
import io.github.pgkill.job.lockout.LockoutScope;
import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.job.processes.KillOptions;
import io.github.pgkill.job.processes.ProcessKiller;
import io.github.pgkill.job.removal.Leftovers;
import io.github.pgkill.model.Blocker;
import io.github.pgkill.model.ConnectionSettings;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.GuardRails;
import io.github.pgkill.model.Intent;
import io.github.pgkill.model.SessionFilter;
import io.github.pgkill.model.Verdict;
import io.github.pgkill.postgres.database.Databases;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
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
   * @param besides what else is to be done
   * @param failIfDatabaseMissing whether a missing database is a failure or a job already done
   */
  public record Request(
      ConnectionSettings connection,
      GuardRails rails,
      SessionFilter filter,
      TerminationOptions options,
      @Nullable Closing closing,
      TerminationExtras besides,
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
        new PreparedRollback(admission, database, request.besides().prepared(), console, journal)) {
      return clear(admission, database, request, prepared);
    }
  }

  private Termination clear(
      Admission admission, DatabaseInfo database, Request request, PreparedRollback prepared) {
    TerminationExtras besides = request.besides();
    Sessions sessions = Sessions.of(admission.server(), database, request.filter());
    OwnSteps steps = new OwnSteps(besides.steps(), admission.server(), database, console, journal);
    SessionTerminator terminator =
        new SessionTerminator(sessions, request.options(), admission.maxSessions(), console, journal);
    LockProof proof = new LockProof(sessions);
    LockoutScope door = new LockoutScope(admission, database, request.closing(), console);
    escalate(admission, sessions, besides.escalation(), terminator, door);
    BackupFirst backup = new BackupFirst(besides.backup(), console, journal);
    Selection seen = terminator.prepare();
    prepared.prepare();
    if (request.options().dryRun()) {
      backup.rehearse(admission, database);
      List<String> before = new ArrayList<>(door.rehearse(seen));
      before.addAll(steps.rehearseBefore());
      Termination rehearsal = proof.rehearsed(terminator.rehearsal(seen, before));
      return prepared.rehearsed(rehearsal).followedBy(steps.rehearseAfter());
    }
    if (request.closing() != null) {
      new Leftovers(admission, console).remove(database);
    }
    List<String> backedUp = backup.run(admission, database);
    // a backup may have taken hours
    Selection first = backup.wanted() ? terminator.prepare() : seen;
    Termination termination =
        door.during(
                first,
                closed ->
                    amid(
                        steps,
                        () -> proof.judged(prepared.after(terminator.run(first, closed))),
                        () -> new Databases(admission.server()).requireSame(database)))
            .remarking(backedUp);
    if (termination.verdict().status() == Verdict.Status.FAILURE) {
      return termination.remarking(stillInTheWay(admission, database, request));
    }
    return door.opened() ? termination.remarking(terminator.cameBack()) : termination;
  }

  /** Looks before anybody is touched whether processes could be signalled here at all. */
  private void escalate(
      Admission admission,
      Sessions sessions,
      @Nullable KillOptions how,
      SessionTerminator terminator,
      LockoutScope door) {
    if (how != null) {
      ProcessKiller killer = new ProcessKiller(admission, sessions, how, console, journal);
      killer.prepare();
      killer.afterCrash(door::holdAgain);
      terminator.escalateTo(killer);
    }
  }

  /** The build's own steps around the terminating; those after it only when nobody is left. */
  private Termination amid(OwnSteps steps, Supplier<Termination> work, Runnable requireSame) {
    steps.before();
    Termination termination = work.get();
    if (termination.verdict().status() == Verdict.Status.SUCCESS) {
      // a step that fails takes nothing of what was done out of the report
      journal.results(termination.results());
      // the steps go by the name, and so does whoever relies on this success
      requireSame.run();
      steps.after();
      requireSame.run();
    }
    return termination;
  }

  /** Beside the sessions, which the verdict names: what {@code diagnose} would name now. */
  private List<String> stillInTheWay(Admission admission, DatabaseInfo database, Request request) {
    List<Blocker> left =
        new BlockerSearch(
                admission.server(),
                database,
                Intent.CLEAN,
                request.filter(),
                request.connection(),
                console)
            .find().stopping().stream()
                .filter(blocker -> blocker.kind() != Blocker.Kind.SESSION)
                .toList();
    journal.blockers(left);
    return left.stream().map(blocker -> "also in the way: " + blocker.what()).toList();
  }
}
