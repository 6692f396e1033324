package io.github.pgkill.job.terminate;

import io.github.pgkill.job.nodes.Replay;
import io.github.pgkill.job.outcome.Cleared;
import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.job.outcome.SessionOutcomes;
import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.job.outcome.TerminationOptions.WhenRefused;
import io.github.pgkill.job.outcome.Verdicts;
import io.github.pgkill.job.processes.ProcessKiller;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.sessions.Backend;
import io.github.pgkill.model.sessions.Exclusion;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.sessions.Candidate;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.postgres.sessions.SignalResult;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.Wording;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Terminates the selected sessions until none is left and none comes back, and proves it. The order
 * is: look, refuse what must be refused, let them drain, cancel, terminate until quiet.
 */
public final class SessionTerminator {

  /** How long cancelled queries may take to end before their sessions are terminated. */
  private static final Duration CANCEL_GRACE = Duration.ofSeconds(2);

  /** For so long a look is good enough to signal by. */
  private static final Duration FRESH = Duration.ofMillis(250);

  private final Sessions sessions;
  private final TerminationOptions options;
  private final int maxSessions;
  private final Console console;
  private final Journal journal;
  private final SessionOutcomes outcomes = new SessionOutcomes();
  private final Stopwatch watch = new Stopwatch();
  private Duration lookedAt = Duration.ZERO;
  private @Nullable ProcessKiller escalation;

  /** What proves on the other nodes that the database is closed; null where there are none. */
  private @Nullable Replay closing;

  public SessionTerminator(
      Sessions sessions,
      TerminationOptions options,
      int maxSessions,
      Console console,
      Journal journal) {
    this.sessions = sessions;
    this.options = options;
    this.maxSessions = maxSessions;
    this.console = console;
    this.journal = journal;
  }

  /** Lets the operating system follow when sessions survive the server's signal. */
  void escalateTo(ProcessKiller killer) {
    escalation = killer;
  }

  /** Takes the database for closed only when every node has replayed that. */
  public SessionTerminator closedEverywhere(@Nullable Replay replay) {
    closing = replay;
    return this;
  }

  /** Looks for the first time, and refuses what must be refused before anybody is touched. */
  public Selection prepare() {
    sessions.checkPatterns();
    Selection first = Selection.of(sessions);
    journal.foreseen(first.foreseen(Map.of()));
    first.requireVisible(sessions);
    first.requireNoMigration();
    Selection.requireAtMost(first.victims().size(), maxSessions);
    requireReach(first);
    warnOfCutTexts(first);
    outcomes.firstSelection(first);
    lookedAt = watch.elapsed();
    return first;
  }

  /**
   * Ends the sessions of the first look and all that follow them.
   *
   * @param closed whether the database is closed to new connections
   */
  public Cleared run(Selection first, boolean closed) {
    spareAndRefuse(first);
    drain(first);
    Selection ready = fresh(first);
    requireReach(ready);
    journal.listed(List.of());
    cancel(ready);
    return end(fresh(ready), closed);
  }

  private Cleared end(Selection look, boolean closed) {
    Duration quietPeriod = options.quietPeriod(closed);
    Replay replay = closed ? closing : null;
    if (replay != null) {
      replay.begin();
    }
    boolean nobody = look.victims().isEmpty() && look.loggingIn().isEmpty();
    boolean quiet = (nobody && replay == null) || untilQuiet(quietPeriod, replay).run(look);
    Cleared cleared = conclude(escalate(quiet, quietPeriod), quietPeriod, escalation);
    return replay == null || quiet ? cleared : stalled(cleared, replay);
  }

  private UntilQuiet untilQuiet(Duration quietPeriod, @Nullable Replay replay) {
    return new UntilQuiet(
        sessions, options, quietPeriod, replay, console, outcomes, watch, this::signal);
  }

  /** Where nobody is left and a node lags behind, sessions may come there that nobody keeps out. */
  private static Cleared stalled(Cleared cleared, Replay replay) {
    boolean left = cleared.results().stream().anyMatch(result -> Verdicts.left(result));
    if (left || replay.passed()) {
      return cleared;
    }
    PgkillFailure stalled = replay.stalled();
    return new Cleared(
        cleared.results(),
        cleared.duration(),
        new Verdict(
            Verdict.Status.FAILURE,
            String.valueOf(stalled.getMessage()),
            cleared.verdict().remarks()),
        stalled.remedy().orElse(null));
  }

  private boolean escalate(boolean quiet, Duration quietPeriod) {
    List<Session> survivors = new ArrayList<>(outcomes.pendingSessions());
    survivors.addAll(outcomes.refusedSessions());
    if (escalation == null || survivors.isEmpty()) {
      return quiet;
    }
    console.warn(
        Wording.count(
                survivors.size(), "session", "is left: its process", "are left: their processes")
            + Wording.agree(survivors.size(), " is next: ", " are next: ")
            + Wording.sessions(survivors));
    escalation.end(survivors, outcomes, watch);
    return outcomes.pending().isEmpty()
        && untilQuiet(quietPeriod, null).run(Selection.of(sessions));
  }

  /** Ends the sessions of the first look by way of their processes, and nobody else's. */
  public Cleared runBy(ProcessKiller killer, Selection first) {
    spareAndRefuse(first);
    journal.listed(List.of());
    killer.end(first.victims().stream().filter(Session::visible).toList(), outcomes, watch);
    return conclude(true, Duration.ZERO, killer);
  }

  /** After a wait, a session may be in the middle of something that it had not begun before. */
  private Selection fresh(Selection first) {
    boolean old = watch.elapsed().minus(lookedAt).compareTo(FRESH) > 0;
    if (!old) {
      return first;
    }
    lookedAt = watch.elapsed();
    return first.renewed(Selection.of(sessions));
  }

  /** Ends those who slipped in since {@link #run}, by the same rules. */
  public Cleared again() {
    Selection slipped = Selection.of(sessions);
    spareAndRefuse(slipped);
    return end(slipped, true);
  }

  /** Whoever is there again, now that the database is open: in words, nothing when nobody is. */
  Optional<String> cameBack() {
    return verdicts().cameBack(Selection.of(sessions).victims());
  }

  /**
   * Refuses to begin what could only be done in part, by the server's own rules for signals.
   *
   * @throws PgkillFailure naming who is out of reach, and what mends it
   */
  private void requireReach(Selection selection) {
    if (options.whenRefused() == WhenRefused.CONTINUE) {
      return;
    }
    Map<Session, Refusal> refusals = outOfReach(selection);
    if (!refusals.isEmpty()) {
      throw OutOfReach.nobodyTouched(sessions.database(), selection, refusals, options, journal);
    }
  }

  /** Whom the server would refuse, although selected; those whom the host reaches are not. */
  Map<Session, Refusal> outOfReach(Selection selection) {
    Map<Session, Refusal> refusals =
        new LinkedHashMap<>(sessions.foreseenRefusals(selection.victims()));
    refusals.keySet().removeIf(session -> escalation != null && escalation.reaches(session));
    return refusals;
  }

  private void warnOfCutTexts(Selection first) {
    boolean byText =
        sessions.filter().queryPattern() != null || sessions.filter().excludeQueryPattern() != null;
    List<Session> cut =
        first.candidates().stream().map(Candidate::session).filter(Session::queryCut).toList();
    if (byText && !cut.isEmpty()) {
      console.warn(
          "The server keeps only the first part of long queries (track_activity_query_size): the"
              + " pattern was matched against the part it keeps for "
              + Wording.sessions(cut));
    }
  }

  /** Writes down what a dry run knows of them: whom no signal would be sent to. */
  public List<SessionResult> spared(Selection first) {
    spareAndRefuse(first);
    return outcomes.results(Set.of());
  }

  /** Writes down the sessions that no signal will be sent to. */
  private void spareAndRefuse(Selection selection) {
    for (Candidate candidate : selection.candidates()) {
      Session session = candidate.session();
      Optional<SessionId> id = session.id();
      if (candidate.excludedBy() != null) {
        Outcome spared = new Outcome.Excluded(candidate.excludedBy());
        id.ifPresentOrElse(
            known -> outcomes.settle(session, known, spared),
            () -> outcomes.settleHidden(session, spared));
      } else if (id.isEmpty()) {
        outcomes.settleHidden(session, new Outcome.Refused(sessions.hidden(session)));
      }
    }
  }

  private void drain(Selection first) {
    if (options.drain().isZero()) {
      return;
    }
    List<SessionId> waitedFor = identities(first);
    Stopwatch drained = new Stopwatch();
    Set<SessionId> left = sessions.remaining(waitedFor);
    while (!left.isEmpty() && drained.elapsed().compareTo(options.drain()) < 0) {
      Pause.of(Pause.shorter(Duration.ofMillis(100), options.drain().minus(drained.elapsed())));
      left = sessions.remaining(waitedFor);
    }
    for (Session session : first.victims()) {
      Set<SessionId> still = left;
      session
          .id()
          .filter(id -> !still.contains(id))
          .ifPresent(id -> outcomes.settle(session, id, new Outcome.AlreadyGone()));
    }
  }

  private void cancel(Selection first) {
    if (!options.cancelFirst()) {
      return;
    }
    Set<SessionId> cancelled = new HashSet<>();
    for (List<Session> some : sessions.batches(first.victims())) {
      sessions
          .cancel(some)
          .forEach(
              (id, result) -> {
                if (result instanceof SignalResult.Sent) {
                  cancelled.add(id);
                }
              });
    }
    Stopwatch waited = new Stopwatch();
    while (!sessions.running(cancelled).isEmpty()
        && waited.elapsed().compareTo(Pause.shorter(CANCEL_GRACE, options.timeout())) < 0) {
      Pause.of(Duration.ofMillis(20));
    }
  }

  /** Signals sessions that were selected, and writes down what came of each. */
  private void signal(List<Session> selected) {
    List<Session> known = new ArrayList<>();
    for (Session session : selected) {
      if (session.visible()) {
        known.add(session);
      } else {
        outcomes.settleHidden(session, new Outcome.Refused(sessions.hidden(session)));
      }
    }
    for (List<Session> some : sessions.batches(known)) {
      signalTogether(some);
    }
  }

  private void signalTogether(List<Session> some) {
    Map<SessionId, SignalResult> results = sessions.terminate(some);
    Duration now = watch.elapsed();
    List<Session> untouched = new ArrayList<>();
    for (Session session : some) {
      SessionId id = session.id().orElseThrow();
      SignalResult result = results.get(id);
      if (result == null || result instanceof SignalResult.NoMatch) {
        untouched.add(session);
        continue;
      }
      journal.executed(Sessions.statement(id));
      if (result instanceof SignalResult.Refused refused) {
        outcomes.settle(session, id, refused(id, refused.refusal()));
      } else {
        outcomes.signalled(session, id, now);
      }
    }
    settleUntouched(untouched);
  }

  /** Who was not there when reach was judged has outlived the job, whatever the reason. */
  private Outcome refused(SessionId id, Refusal refusal) {
    return outcomes.newcomer(id)
        ? new Outcome.Survived(Duration.ZERO)
        : new Outcome.Refused(refusal);
  }

  private void settleUntouched(List<Session> untouched) {
    Set<SessionId> remaining =
        sessions.remaining(untouched.stream().flatMap(session -> session.id().stream()).toList());
    for (Session session : untouched) {
      SessionId id = session.id().orElseThrow();
      outcomes.settle(
          session,
          id,
          remaining.contains(id)
              ? new Outcome.Excluded(Exclusion.NO_LONGER_MATCHES)
              : new Outcome.AlreadyGone());
    }
  }

  private Cleared conclude(boolean quiet, Duration quietPeriod, @Nullable ProcessKiller killer) {
    outcomes.survived(watch.elapsed());
    if (outcomes.anyUnsignalled()) {
      Selection last = Selection.of(sessions);
      outcomes.endedByThemselves(
          sessions.remaining(outcomes.refused()),
          last.candidates().stream().map(c -> c.session().backend()).collect(Collectors.toSet()));
    }
    List<Backend> left = new ArrayList<>();
    for (SessionResult result : outcomes.results(Set.of())) {
      if (!result.outcome().ended()) {
        left.add(result.session().backend());
      }
    }
    List<SessionResult> results = outcomes.results(sessions.holdingLocks(left));
    Optional<GuardRefusal> withheld = killer == null ? Optional.empty() : killer.withheld();
    withheld.ifPresent(refusal -> journal.remark(String.valueOf(refusal.getMessage())));
    return new Cleared(
        results,
        outcomes.lastGoneAt(),
        verdicts().of(results, quiet, quietPeriod, outcomes.newcomers(), outcomes.unlisted()),
        withheld.flatMap(GuardRefusal::remedy).orElse(Verdicts.remedy(results, quiet)));
  }

  String wouldTerminate(int victims) {
    return verdicts().rehearsed(victims);
  }

  private Verdicts verdicts() {
    return new Verdicts(sessions.database().name(), options);
  }

  private static List<SessionId> identities(Selection selection) {
    return selection.victims().stream().flatMap(session -> session.id().stream()).toList();
  }
}
