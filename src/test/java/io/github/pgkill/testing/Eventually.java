package io.github.pgkill.testing;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for what other processes do: as short as possible, and never for ever. */
public final class Eventually {

  private static final Duration INTERVAL = Duration.ofMillis(10);

  /** A machine that does something else besides takes so many times as long. */
  private static final int BUSY = 4;

  private Eventually() {}

  /**
   * Returns as soon as the condition holds.
   *
   * @param seconds how long it may take on a machine that does nothing else
   * @throws AssertionError when it does not within four times as long
   */
  public static void within(int seconds, Callable<Boolean> condition) {
    Duration most = Duration.ofSeconds(seconds).multipliedBy(BUSY);
    long deadline = System.nanoTime() + most.toNanos();
    while (!call(condition)) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("did not happen within " + most.toSeconds() + " s");
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
