package io.github.pgkill.job.terminate;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.admission.EnoughSlots;
import io.github.pgkill.job.backup.DatabaseBackup;
import io.github.pgkill.job.diagnose.BlockerSearch;
import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.lockout.Closing;
import io.github.pgkill.job.lockout.LockoutScope;
import io.github.pgkill.job.lockout.LockoutScope.Need;
import io.github.pgkill.job.lockout.RolesExist;
import io.github.pgkill.job.nodes.Replay;
import io.github.pgkill.job.outcome.NotCleared;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.job.phases.BuildLock;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.job.phases.Runner;
import io.github.pgkill.job.poolers.PoolerPause;
import io.github.pgkill.job.poolers.PoolersHeld;
import io.github.pgkill.job.poolers.PoolersQuiet;
import io.github.pgkill.job.processes.KillOptions;
import io.github.pgkill.job.processes.ProcessKiller;
import io.github.pgkill.job.removal.Leftovers;
import io.github.pgkill.job.watch.KeepClear;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.Wording;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
   * @param extras what else is to be done
   * @param failIfDatabaseMissing whether a missing database is a failure or a job already done
   */
  public record Request(
      ConnectionSettings connection,
      GuardRails rails,
      SessionFilter filter,
      TerminationOptions options,
      @Nullable Closing closing,
      TerminationExtras extras,
      boolean failIfDatabaseMissing) {}

  private final Console console;
  private final Journal journal;

  public TerminateSessions(Console console, Journal journal) {
    this.console = console;
    this.journal = journal;
  }

  /** What came of it; a failure that left nobody touched is thrown. */
  public Termination run(Request request) {
    try (Admission admission =
        Admission.toClear(request.connection(), request.rails(), console, journal)) {
      Optional<DatabaseInfo> database = admission.target(request.failIfDatabaseMissing());
      return database.isPresent()
          ? clear(admission, database.get(), request)
          : Termination.nothing(Wording.noDatabase(request.connection().database(), "clear"));
    }
  }

  private Termination clear(Admission admission, DatabaseInfo database, Request request) {
    TerminationExtras extras = request.extras();
    TerminationOptions options = request.options();
    Closing closing = request.closing();
    Sessions sessions = Sessions.of(admission.nodes(), database, request.filter());
    Replay replay =
        closing != null && admission.severalNodes()
            ? new Replay(admission.nodes(), database, "the closing", options.timeout(), console)
            : null;
    SessionTerminator terminator =
        new SessionTerminator(sessions, options, admission.maxSessions(), console, journal)
            .closedEverywhere(replay);
    OwnSteps steps =
        new OwnSteps(
            extras.steps(),
            request.connection().password(),
            admission.server(),
            database,
            console,
            journal);
    SelectSessions selected = new SelectSessions(terminator);
    PoolerPause poolers =
        new PoolerPause(admission, database, console, journal)
            .expecting(options.drain().plus(options.timeout()).plus(extras.steps().longest()));
    LockoutScope lockout =
        new LockoutScope(admission, database, closing, Need.HELPS, selected::first, console)
            .behind(poolers);
    EndSessions ended = new EndSessions(selected, terminator, lockout::isClosed, journal);
    try (PreparedRollback prepared =
        new PreparedRollback(admission, database, extras.prepared(), false, console, journal)) {
      List<Phase<?>> phases = new ArrayList<>();
      if (extras.keepClear() != null) {
        phases.add(keepClear(admission, database, request, extras.keepClear()));
      }
      phases.add(new RolesExist(admission.server(), closing, extras.admitRoles()));
      escalation(admission, sessions, extras.escalation(), terminator, lockout)
          .ifPresent(phases::add);
      phases.addAll(DatabaseBackup.first(extras.backup(), admission, database, console, journal));
      phases.add(selected);
      if (closing != null) {
        phases.add(new Leftovers(admission, database, console));
      }
      phases.add(lockout);
      phases.add(
          new EnoughSlots(
              admission,
              () -> Math.max(extras.connections(), lockout.foreseen() ? connections(closing) : 0)));
      phases.add(steps.before());
      phases.add(ended);
      if (poolers.isWanted()) {
        phases.add(new PoolersQuiet(poolers, options.timeout()));
      }
      if (replay != null) {
        phases.add(replay.after(selected::first, lockout::isClosed));
      }
      phases.add(prepared);
      phases.add(new LockProof(sessions, journal));
      phases.add(steps.after());
      if (poolers.isWanted()) {
        phases.add(new PoolersHeld(poolers));
      }
      // without a closing of its own a goal relies on nobody's lockout
      BuildLock.Wanted lock =
          closing == null
              ? null
              : BuildLockouts.lock(admission, database, options.timeout(), "timeout");
      new Runner(options.dryRun(), lock, console).run(phases);
    } catch (NotCleared e) {
      stillInTheWay(admission, database, request);
      return Termination.failed(journal, e);
    }
    if (lockout.opened()) {
      ended.lookAgain();
    }
    return Termination.of(
        journal,
        options.dryRun() ? Verdict.Status.DRY_RUN : Verdict.Status.SUCCESS,
        ended.summary());
  }

  /**
   * One bears witness to the closing, one tries whether the database lets us in, and one holds what
   * outlives the goal.
   */
  private static int connections(@Nullable Closing closing) {
    return closing == null ? 0 : closing.reopen() == Reopen.BUILD_END ? 3 : 2;
  }

  private KeepClear keepClear(
      Admission admission, DatabaseInfo database, Request request, KeepClear.Book book) {
    List<String> roles = new ArrayList<>(request.extras().admitRoles());
    roles.add(request.connection().user());
    return new KeepClear(
        admission,
        database,
        new KeepClear.Request(request.filter(), request.options(), roles, admission.maxSessions()),
        book,
        console);
  }

  /** Looks before anybody is touched whether processes could be signalled here at all. */
  private Optional<Phase<?>> escalation(
      Admission admission,
      Sessions sessions,
      @Nullable KillOptions how,
      SessionTerminator terminator,
      LockoutScope lockout) {
    if (how == null) {
      return Optional.empty();
    }
    if (admission.severalNodes()) {
      throw new InvalidParameter(
          "escalate",
          "processes of other nodes are out of this machine's reach",
          "Leave out escalate, or -Dpgkill.nodes.");
    }
    ProcessKiller killer = new ProcessKiller(admission, sessions, how, console, journal);
    killer.afterCrash(lockout::holdAgain);
    terminator.escalateTo(killer);
    return Optional.of(killer);
  }

  /** Beside the sessions, which the verdict names: what {@code diagnose} would name now. */
  private void stillInTheWay(Admission admission, DatabaseInfo database, Request request) {
    List<Blocker> left =
        new BlockerSearch(admission.server(), database, Intent.CLEAN, request.filter(), console)
            .find().stopping().stream()
                .filter(blocker -> blocker.kind() != Blocker.Kind.SESSION)
                .toList();
    journal.blockers(left);
    left.forEach(blocker -> journal.remark("also in the way: " + blocker.what()));
  }
}
