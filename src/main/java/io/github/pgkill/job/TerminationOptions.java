package io.github.pgkill.job;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How to terminate.
 *
 * @param timeout for all selected sessions to be gone
 * @param quietPeriod none may come back for so long; null for the default, which depends on the
 *     door
 * @param drain how long sessions may take to end by themselves first
 * @param cancelFirst whether running queries are cancelled before their sessions are terminated
 * @param dryRun stop before the first signal
 */
public record TerminationOptions(
    Duration timeout,
    @Nullable Duration quietPeriod,
    Duration drain,
    boolean cancelFirst,
    boolean dryRun) {

  private static final Duration WHILE_CLOSED = Duration.ofMillis(200);
  private static final Duration WHILE_OPEN = Duration.ofSeconds(1);

  /** How long none may come back. */
  Duration quietPeriod(boolean closed) {
    if (quietPeriod != null) {
      return quietPeriod;
    }
    return closed ? WHILE_CLOSED : WHILE_OPEN;
  }
}
