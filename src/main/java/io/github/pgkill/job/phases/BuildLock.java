package io.github.pgkill.job.phases;

import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What goals of one build must not do at the same time: change one database, restart a server. Who
 * has to wait says for whom, and waits no longer than its timeout.
 */
public final class BuildLock implements AutoCloseable {

  private static final Map<String, Named> LOCKS = new ConcurrentHashMap<>();

  private final Named lock;

  private BuildLock(Named lock) {
    this.lock = lock;
  }

  private static final class Named {
    private final ReentrantLock lock = new ReentrantLock(true);
    private volatile @Nullable String holder;
  }

  /**
   * What to lock.
   *
   * @param key what is locked, unmistakably
   * @param what the same in words
   * @param holder who takes it, for those who wait
   * @param timeout for how long at most to wait
   * @param parameter what sets the timeout; null where nothing does
   */
  public record Wanted(
      String key, String what, String holder, Duration timeout, @Nullable String parameter) {}

  /**
   * Takes it; closing gives it back, on the same thread.
   *
   * @throws PgkillFailure when somebody else holds it for longer than the timeout
   */
  public static BuildLock take(Wanted wanted, Console console) {
    Named named = LOCKS.computeIfAbsent(wanted.key(), unused -> new Named());
    try {
      if (!named.lock.tryLock(0, TimeUnit.NANOSECONDS)) {
        await(named, wanted, console);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PgkillError("interrupted while waiting for " + held(named), null, e);
    }
    named.holder = wanted.holder();
    return new BuildLock(named);
  }

  private static void await(Named named, Wanted wanted, Console console)
      throws InterruptedException {
    Duration timeout = wanted.timeout();
    boolean taken =
        SpokenWait.within(
            timeout,
            most -> named.lock.tryLock(most.toNanos(), TimeUnit.NANOSECONDS),
            () ->
                console.info(
                    "waiting for "
                        + held(named)
                        + ", which is at work on "
                        + wanted.what()
                        + ", at most "
                        + Durations.format(timeout)));
    if (!taken) {
      throw new PgkillFailure(
          held(named)
              + " of this build is still at work on "
              + wanted.what()
              + " after "
              + Durations.format(timeout)
              + "; nothing was touched",
          wanted.parameter() == null
              ? "Let the two follow each other in the build."
              : "Let the two follow each other in the build, or wait longer: -Dpgkill."
                  + wanted.parameter()
                  + "=10m");
    }
  }

  private static String held(Named named) {
    String holder = named.holder;
    return holder == null ? "another goal" : holder;
  }

  @Override
  public void close() {
    if (lock.lock.getHoldCount() == 1) {
      lock.holder = null;
    }
    lock.lock.unlock();
  }
}
