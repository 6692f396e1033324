package io.github.pgkill.campaign;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How long builds of each kind take and how much they say to the server, so that nothing hits too
 * late.
 */
final class Habits {

  private static final Duration FIRST_GUESS = Duration.ofMillis(500);
  private static final long FIRST_GUESS_BYTES = 30_000;

  private final Map<List<String>, Duration> durations = new HashMap<>();
  private final Map<List<String>, Long> bytes = new HashMap<>();

  /** Over a network of that slowness. */
  Duration duration(Order order, int delayMillis) {
    return durations.getOrDefault(key(order, delayMillis), FIRST_GUESS);
  }

  private static List<String> key(Order order, int delayMillis) {
    List<String> key = new ArrayList<>(order.goals());
    key.add(delayMillis + " ms");
    return key;
  }

  long bytes(Order order) {
    return bytes.getOrDefault(order.goals(), FIRST_GUESS_BYTES);
  }

  /** A build was let alone. */
  void learn(Order order, int delayMillis, Duration took, long said) {
    durations.merge(
        key(order, delayMillis), took, (old, now) -> old.multipliedBy(3).plus(now).dividedBy(4));
    bytes.merge(order.goals(), said, (old, now) -> (old * 3 + now) / 4);
  }
}
