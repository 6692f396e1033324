package io.github.pgkill.job.poolers;

import io.github.pgkill.host.poolers.HolderProcess;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.postgres.poolers.HolderOrder;
import io.github.pgkill.postgres.poolers.HolderWords;
import io.github.pgkill.postgres.poolers.PauseHolder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The process that pauses and resumes, as the build speaks with it, from whichever thread. It is
 * there before anything is taken, and whatever becomes of the build, it resumes.
 */
final class PauseHold {

  /** For a JVM to start on a busy machine, and to open each console. */
  private static final Duration START = Duration.ofSeconds(30);

  /** For what it answers at once, or after a console has. */
  private static final Duration ANSWER = Duration.ofSeconds(15);

  private final HolderProcess process;
  private final Set<String> paused = new LinkedHashSet<>();
  private final List<String> stuck = new ArrayList<>();
  private String reason = "";
  private boolean sent;

  private PauseHold(HolderProcess process) {
    this.process = process;
  }

  /**
   * Starts it; nothing is paused yet.
   *
   * @throws PgkillError when it does not start, or a console does not let it in
   */
  static PauseHold start(HolderOrder order) {
    PauseHold hold =
        new PauseHold(HolderProcess.start(PauseHolder.class.getName(), PauseHolder.classPath()));
    boolean ready = false;
    try {
      hold.process.tell(order.lines());
      List<String> answer = hold.next(START);
      ready = answer.get(0).equals(PauseHolder.READY);
      if (!ready) {
        throw new PgkillError(
            "the process that would resume the poolers did not start"
                + (answer.size() > 1 ? ": " + answer.get(1) : ""),
            "Nothing was paused. Can " + System.getProperty("java.home") + " start another JVM?",
            null);
      }
      return hold;
    } finally {
      if (!ready) {
        hold.leave();
      }
    }
  }

  /**
   * Pauses all, without awaiting that it takes effect.
   *
   * @throws PgkillFailure when a console refused; what was paused is still to be resumed
   */
  synchronized void pause() {
    process.tell(List.of(PauseHolder.PAUSE));
    List<String> refused = new ArrayList<>();
    while (!sent) {
      List<String> answer = next(ANSWER);
      switch (answer.get(0)) {
        case PauseHolder.SENT -> sent = true;
        case PauseHolder.REFUSED ->
            refused.add(answer.get(2) + " at " + answer.get(1) + " (" + answer.get(3) + ")");
        default -> take(answer);
      }
    }
    if (!refused.isEmpty()) {
      throw new PgkillFailure(
          "these aliases could not be paused: " + String.join(", ", refused),
          "Look at PgBouncer's log.");
    }
  }

  /** Whether the PAUSE of an alias was answered, at the latest by then: it has no server left. */
  synchronized boolean isPaused(String console, String alias, Duration atMost) {
    String key = HolderWords.line(console, alias);
    long deadline = System.nanoTime() + atMost.toNanos();
    while (!paused.contains(key)) {
      long left = deadline - System.nanoTime();
      String line = process.hear(Duration.ofNanos(Math.max(0, left)));
      if (line == null) {
        return false;
      }
      take(HolderWords.words(line));
    }
    return true;
  }

  /** Why it has resumed by itself; empty as long as it has not. */
  synchronized String reason() {
    for (String line = process.hear(Duration.ZERO);
        line != null;
        line = process.hear(Duration.ZERO)) {
      take(HolderWords.words(line));
    }
    return reason.isEmpty() && process.ended(Duration.ZERO) ? "killed" : reason;
  }

  /**
   * Has it resume all, and waits for the proof.
   *
   * @return whether it proved it; otherwise somebody else has to
   */
  synchronized boolean resume(Duration atMost) {
    long deadline = System.nanoTime() + atMost.toNanos();
    process.tell(List.of(PauseHolder.RESUME));
    while (reason.isEmpty()) {
      String line = process.hear(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
      if (line == null) {
        return false;
      }
      take(HolderWords.words(line));
    }
    process.leave();
    process.ended(ANSWER);
    return stuck.isEmpty();
  }

  /** Lets it go where nothing was paused. */
  void leave() {
    process.leave();
    process.ended(ANSWER);
  }

  private List<String> next(Duration atMost) {
    String line = process.hear(atMost);
    return line == null ? List.of(PauseHolder.FAILED) : HolderWords.words(line);
  }

  private void take(List<String> said) {
    switch (said.get(0)) {
      case PauseHolder.PAUSED -> paused.add(HolderWords.line(said.get(1), said.get(2)));
      case PauseHolder.STUCK -> stuck.add(said.get(1));
      case PauseHolder.END -> reason = said.get(1);
      default ->
          throw new PgkillError(
              "the process that resumes the poolers has ended",
              "Nobody would resume them if this build were killed.",
              null);
    }
  }
}
