package io.github.pgkill.job.outcome;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How to terminate.
 *
 * @param timeout for all selected sessions to be gone
 * @param quietPeriod none may come back for so long; null for the default, which depends on whether
 *     the database is closed
 * @param drain how long sessions may take to end by themselves first
 * @param cancelFirst whether running queries are cancelled before their sessions are terminated
 * @param dryRun stop before the first signal
 * @param newcomers what is done about sessions that come after the first selection
 * @param whenRefused what is done when this role may not end all that are selected; null where
 *     nobody may be left, so that there is no choice but to stop
 */
public record TerminationOptions(
    Duration timeout,
    @Nullable Duration quietPeriod,
    Duration drain,
    boolean cancelFirst,
    boolean dryRun,
    Newcomers newcomers,
    @Nullable WhenRefused whenRefused) {

  private static final Duration WHILE_CLOSED = Duration.ofMillis(200);
  private static final Duration WHILE_OPEN = Duration.ofSeconds(1);

  /** What is done about sessions that come after the first selection. */
  public enum Newcomers {
    /** They are terminated, too, until none comes any more. */
    TERMINATED,
    /** They may come: a watcher ends them as soon as they are in the way. */
    WATCHED
  }

  /** What is done when this role may not end all that are selected. */
  public enum WhenRefused {
    /** Nobody is touched. */
    STOP,
    /** The others are ended, and then the goal fails. */
    CONTINUE
  }

  /** With newcomers terminated, too, and nobody touched when anybody selected is out of reach. */
  public TerminationOptions(
      Duration timeout,
      @Nullable Duration quietPeriod,
      Duration drain,
      boolean cancelFirst,
      boolean dryRun) {
    this(timeout, quietPeriod, drain, cancelFirst, dryRun, Newcomers.TERMINATED, null);
  }

  /** The same with another answer to refusals. */
  public TerminationOptions whenRefused(WhenRefused other) {
    return new TerminationOptions(
        timeout, quietPeriod, drain, cancelFirst, dryRun, newcomers, other);
  }

  /** How long none may come back. */
  public Duration quietPeriod(boolean closed) {
    if (quietPeriod != null) {
      return quietPeriod;
    }
    return closed ? WHILE_CLOSED : WHILE_OPEN;
  }
}
