package io.github.pgkill.testing;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for what other processes do: as short as possible, and never for ever. */
public final class Eventually {

  private static final Duration INTERVAL = Duration.ofMillis(10);

  private Eventually() {}

  /**
   * Returns as soon as the condition holds.
   *
   * @throws AssertionError when it does not within that many seconds
   */
  public static void within(int seconds, Callable<Boolean> condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    while (!call(condition)) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("did not happen within " + seconds + " s");
      }
      LockSupport.parkNanos(INTERVAL.toNanos());
    }
  }

  private static boolean call(Callable<Boolean> condition) {
    try {
      return condition.call();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
