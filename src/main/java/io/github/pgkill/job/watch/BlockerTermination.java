package io.github.pgkill.job.watch;

import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.job.outcome.SessionOutcomes;
import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.model.connection.Endpoint;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.sessions.Exclusion;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.value.Program;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.sessions.Candidate;
import io.github.pgkill.postgres.sessions.LockChainMember;
import io.github.pgkill.postgres.sessions.LockQueue;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.postgres.sessions.SignalResult;
import io.github.pgkill.report.text.Wording;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Ends the selected sessions that keep certain others waiting for a lock, and remembers what became
 * of them. Each is ended in one statement that checks once more that it still is in the way.
 */
final class BlockerTermination {

  /** How long a cancelled query may take to give its locks back. */
  private static final Duration CANCEL_GRACE = Duration.ofSeconds(2);

  private final Sessions sessions;
  private final LockQueue queue;
  private final Program spared;
  private final TerminationOptions options;
  private final int maxSessions;
  private final SessionOutcomes outcomes;
  private final Stopwatch watch;

  /** Since when each is known to be in the way. */
  private final Map<SessionId, Duration> inTheWay = new HashMap<>();

  private final Map<SessionId, Duration> cancelled = new HashMap<>();

  /**
   * @param spared whose sessions are never ended
   */
  BlockerTermination(
      Sessions sessions,
      LockQueue queue,
      Program spared,
      TerminationOptions options,
      int maxSessions,
      SessionOutcomes outcomes,
      Stopwatch watch) {
    this.sessions = sessions;
    this.queue = queue;
    this.spared = spared;
    this.options = options;
    this.maxSessions = maxSessions;
    this.outcomes = outcomes;
    this.watch = watch;
  }

  /** Everybody in whose hands the locks are for which these sessions wait. */
  Map<Integer, LockChainMember> chain(Collection<SessionId> waiters) {
    return queue.chain(waiters);
  }

  /** Tells the client ends of this build's own sessions. */
  void build(Set<Endpoint> ends) {
    sessions.build(ends);
  }

  /**
   * Who keeps them waiting.
   *
   * @param protection why one is never to be ended; empty for the others
   */
  BlockersSeen look(
      List<SessionId> waiters,
      Map<Integer, LockChainMember> chain,
      Function<LockChainMember, Optional<Refusal>> protection) {
    Set<SessionId> refused = Set.copyOf(outcomes.refused());
    return BlockersSeen.of(
        waiters.stream().map(SessionId::pid).toList(),
        chain,
        Selection.of(sessions).candidates(),
        holder ->
            holder.id() != null && refused.contains(holder.id())
                ? Optional.of(new Refusal(Refusal.Cause.SERVER, "the server refuses to end it"))
                : protection.apply(holder));
  }

  /**
   * Ends those who may be ended and have had their time.
   *
   * @throws GuardRefusal when they are more than the user allows; nobody is touched then
   */
  void end(BlockersSeen blockersSeen, List<SessionId> waiters) {
    requireAtMost(blockersSeen.victims().size());
    for (Candidate candidate : blockersSeen.excluded()) {
      Exclusion rule = candidate.excludedBy();
      if (rule != null) {
        candidate
            .session()
            .id()
            .filter(outcomes::untouched)
            .ifPresent(id -> outcomes.settle(candidate.session(), id, new Outcome.Excluded(rule)));
      }
    }
    for (Session session : blockersSeen.victims()) {
      session.id().ifPresentOrElse(id -> end(session, id, waiters), () -> refuse(session));
    }
  }

  /** Those who were signalled and are not seen any more are gone. */
  void settle() {
    List<SessionId> pending = outcomes.pending();
    if (!pending.isEmpty()) {
      outcomes.gone(pending, sessions.remaining(pending), watch.elapsed());
    }
  }

  private void requireAtMost(int victims) {
    if (victims > maxSessions) {
      throw new GuardRefusal(
          Wording.count(victims, "session")
              + " in the way at once, more than maxSessions allows ("
              + maxSessions
              + "); none of them was touched",
          "Narrow the filters, or allow them: -Dpgkill.maxSessions=" + victims);
    }
  }

  private boolean due(Session session, SessionId id, List<SessionId> waiters) {
    Duration since = inTheWay.computeIfAbsent(id, key -> watch.elapsed());
    if (watch.elapsed().minus(since).compareTo(options.drain()) < 0) {
      return false;
    }
    if (!options.cancelFirst()) {
      return true;
    }
    Duration before = cancelled.get(id);
    if (before == null) {
      cancelled.put(id, watch.elapsed());
      return !(sessions.cancelBlocker(session, id, waiters, spared) instanceof SignalResult.Sent);
    }
    return watch.elapsed().minus(before).compareTo(CANCEL_GRACE) >= 0;
  }

  private void refuse(Session hidden) {
    outcomes.settleHidden(hidden, new Outcome.Refused(sessions.hidden(hidden)));
  }

  private void end(Session session, SessionId id, List<SessionId> waiters) {
    if (!outcomes.untouched(id) || !due(session, id, waiters)) {
      return;
    }
    SignalResult result = sessions.terminateBlocker(session, id, waiters, spared);
    if (result instanceof SignalResult.Sent) {
      outcomes.signalled(session, id, watch.elapsed());
    } else if (result instanceof SignalResult.Refused refused) {
      outcomes.settle(session, id, new Outcome.Refused(refused.refusal()));
    }
    // else it is in nobody's way any more
  }
}
