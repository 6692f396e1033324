package io.github.pgkill.model.value;

import java.time.Duration;

/** Time since it was made, unaffected by changes of the clock. */
public final class Stopwatch {

  private final long start = System.nanoTime();

  public Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - start);
  }
}
