package io.github.pgkill.model.value;

import io.github.pgkill.model.failure.PgkillError;
import java.time.Duration;

/** Sleeps, and lets an interrupt end the goal instead of being lost. */
public final class Pause {

  private Pause() {}

  /** Sleeps for so long; not at all for zero or less. */
  public static void of(Duration duration) {
    if (duration.isNegative() || duration.isZero()) {
      return;
    }
    try {
      Thread.sleep(Math.max(1, duration.toMillis()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PgkillError("interrupted while waiting", null, e);
    }
  }

  /** The shorter of two durations. */
  public static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) <= 0 ? one : other;
  }
}
