package io.github.pgkill.job.terminate;

import io.github.pgkill.job.nodes.Replay;
import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.job.outcome.SessionOutcomes;
import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.model.sessions.Backend;
import io.github.pgkill.model.sessions.Exclusion;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.sessions.Candidate;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.console.ProgressLine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Signals, waits, and looks again, until nobody selected is left and nobody came back for the quiet
 * period. Clients that were logging in when that period was over are waited for too, because they
 * are past the login and not yet listed; those at a password prompt are not, they may take a
 * minute.
 */
final class UntilQuiet {

  /** How long a login may take that does not wait for a human. */
  private static final Duration LOGIN = Duration.ofSeconds(1);

  private static final Duration SHORTEST_POLL = Duration.ofMillis(2);
  private static final Duration LONGEST_POLL = Duration.ofMillis(100);

  /** While signalled sessions take their time, others are looked for this often at most. */
  private static final Duration NEXT_LOOK = Duration.ofMillis(250);

  /** Among thousands of sessions a look takes its time: it gets this part of the whole. */
  private static final int LOOKS_SHARE = 10;

  private final Sessions sessions;
  private final TerminationOptions options;
  private final Duration quietPeriod;
  private final @Nullable Replay replay;
  private final SessionOutcomes outcomes;
  private final Stopwatch watch;
  private final Consumer<List<Session>> signal;
  private final Console console;
  private final ProgressLine progress;
  private final Stopwatch waited = new Stopwatch();

  private Duration nextLook = NEXT_LOOK;
  private Duration lastBusy = Duration.ZERO;
  private @Nullable Set<Backend> loggingIn;
  private Duration loggingInSince = Duration.ZERO;

  /**
   * @param replay proves that the database is closed on every node, which it is not before; null
   *     where that is not asked
   */
  UntilQuiet(
      Sessions sessions,
      TerminationOptions options,
      Duration quietPeriod,
      @Nullable Replay replay,
      Console console,
      SessionOutcomes outcomes,
      Stopwatch watch,
      Consumer<List<Session>> signal) {
    this.sessions = sessions;
    this.options = options;
    this.quietPeriod = quietPeriod;
    this.replay = replay;
    this.outcomes = outcomes;
    this.watch = watch;
    this.signal = signal;
    this.console = console;
    this.progress = new ProgressLine("to end", options.timeout(), console);
  }

  /**
   * Goes on for at most {@code timeout}, plus the quiet period that began before.
   *
   * @return whether it became quiet
   */
  boolean run(Selection first) {
    if (options.newcomers() == TerminationOptions.Newcomers.WATCHED) {
      return runOnce(first);
    }
    boolean closed = replay == null;
    if (first.victims().isEmpty() && closed) {
      // nobody is there who could come back
      lastBusy = quietPeriod.negated();
    }
    Selection look = first;
    while (true) {
      boolean found = signalUntouched(look);
      awaitPending();
      boolean left = !outcomes.pending().isEmpty();
      if (found || left || !closed) {
        lastBusy = waited.elapsed();
        loggingIn = null;
        if (lastBusy.compareTo(options.timeout()) > 0) {
          return false;
        }
        if (!found && !left) {
          showProgress();
          Pause.of(SHORTEST_POLL.multipliedBy(10));
        }
      } else if (quiet(look)) {
        return true;
      } else {
        showProgress();
        pauseUntilNextLook();
      }
      // asked before the look, which shows whoever came in behind the stall
      closed = closed || (replay != null && replay.passed());
      look = look();
    }
  }

  private Selection look() {
    Stopwatch took = new Stopwatch();
    Selection look = Selection.of(sessions);
    Duration share = took.elapsed().multipliedBy(LOOKS_SHARE);
    nextLook = share.compareTo(NEXT_LOOK) > 0 ? share : NEXT_LOOK;
    return look;
  }

  /** Ends those of the first look, for at most {@code timeout}; others may come. */
  private boolean runOnce(Selection first) {
    signalUntouched(first);
    while (!outcomes.pending().isEmpty() && waited.elapsed().compareTo(options.timeout()) < 0) {
      awaitPending();
    }
    return true;
  }

  private boolean signalUntouched(Selection look) {
    List<Session> untouched = new ArrayList<>();
    boolean found = false;
    for (Candidate candidate : look.candidates()) {
      Session session = candidate.session();
      SessionId id = session.id().orElse(null);
      if (candidate.excludedBy() != null) {
        spare(session, id, candidate.excludedBy());
      } else if (id == null) {
        untouched.add(session);
      } else if (outcomes.untouched(id)) {
        found = true;
        untouched.add(session);
      }
    }
    signal.accept(untouched);
    return found;
  }

  private void spare(Session session, @Nullable SessionId id, Exclusion rule) {
    if (id == null) {
      outcomes.settleHidden(session, new Outcome.Excluded(rule));
    } else if (outcomes.untouched(id)) {
      outcomes.settle(session, id, new Outcome.Excluded(rule));
    }
  }

  private void awaitPending() {
    Stopwatch sinceLook = new Stopwatch();
    List<SessionId> pending = outcomes.pending();
    int first = pending.size();
    Duration poll = SHORTEST_POLL;
    while (!pending.isEmpty()) {
      outcomes.gone(pending, sessions.remaining(pending), watch.elapsed());
      int before = pending.size();
      pending = outcomes.pending();
      Duration elapsed = sinceLook.elapsed();
      if (elapsed.compareTo(nextLook) > 0) {
        return;
      }
      showProgress();
      int left = pending.size();
      // half of what the rest will take; whoever is stuck is asked for less and less often
      poll =
          left == before
              ? poll.multipliedBy(3).dividedBy(2)
              : elapsed.multipliedBy(left).dividedBy(2L * Math.max(1, first - left));
      poll = Pause.shorter(LONGEST_POLL, poll.compareTo(SHORTEST_POLL) < 0 ? SHORTEST_POLL : poll);
      if (left > 0) {
        Pause.of(poll);
      }
    }
  }

  private boolean quiet(Selection look) {
    if (untilQuiet().compareTo(Duration.ZERO) > 0) {
      return false;
    }
    if (loggingIn == null) {
      loggingIn = new HashSet<>(look.loggingIn());
      loggingInSince = waited.elapsed();
    }
    loggingIn.retainAll(look.loggingIn());
    return loggingIn.isEmpty() || waited.elapsed().minus(loggingInSince).compareTo(LOGIN) > 0;
  }

  private Duration untilQuiet() {
    return quietPeriod.minus(waited.elapsed().minus(lastBusy));
  }

  private void pauseUntilNextLook() {
    Duration rest = untilQuiet();
    boolean waitsForLogin = rest.isNegative() || rest.isZero();
    Pause.of(waitsForLogin ? SHORTEST_POLL.multipliedBy(10) : Pause.shorter(rest, LONGEST_POLL));
  }

  private void showProgress() {
    Duration elapsed = waited.elapsed();
    if (progress.due(elapsed)) {
      progress.at(elapsed, outcomes.pendingSessions()).ifPresent(console::progress);
    }
  }
}
