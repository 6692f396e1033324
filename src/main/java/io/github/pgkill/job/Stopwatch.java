package io.github.pgkill.job;

import java.time.Duration;

/** Time since it was made, unaffected by changes of the clock. */
final class Stopwatch {

  private final long start = System.nanoTime();

  Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - start);
  }
}
