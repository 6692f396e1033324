package io.github.pgkill.job.phases;

import java.time.Duration;

/** A wait for another goal of the build: silent for a moment, and then said once. */
public final class SpokenWait {

  /** A wait that is shorter is not worth a line. */
  private static final Duration SILENT = Duration.ofSeconds(1);

  private SpokenWait() {}

  /** Waits for as long as it is told. */
  @FunctionalInterface
  public interface Attempt {
    /**
     * Waits.
     *
     * @return whether it is over
     */
    boolean within(Duration most) throws InterruptedException;
  }

  /**
   * Waits no longer than the timeout.
   *
   * @param say what is said when it takes long enough for that
   * @return whether it was over in time
   */
  public static boolean within(Duration timeout, Attempt attempt, Runnable say)
      throws InterruptedException {
    Duration silent = timeout.compareTo(SILENT) < 0 ? timeout : SILENT;
    if (attempt.within(silent)) {
      return true;
    }
    say.run();
    return attempt.within(timeout.minus(silent));
  }
}
