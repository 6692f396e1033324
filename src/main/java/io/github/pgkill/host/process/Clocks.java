package io.github.pgkill.host.process;

import java.time.Duration;
import java.time.Instant;

/** When a process began, as told by the host, by a file of the server and by the server itself. */
public final class Clocks {

  /**
   * Linux counts a process's start from a boot time in whole seconds, {@code postmaster.pid} holds
   * whole seconds, and clocks are adjusted by fractions. Who began further apart is not the same
   * process: a recycled pid, or a server that was restarted in between.
   */
  static final Duration TOLERANCE = Duration.ofSeconds(5);

  private Clocks() {}

  /** Whether two of them mean the same moment. */
  public static boolean agree(Instant one, Instant other) {
    return Duration.between(one, other).abs().compareTo(TOLERANCE) <= 0;
  }
}
