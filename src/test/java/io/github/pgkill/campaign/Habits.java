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

  private Duration guess = Duration.ofMillis(1_000);
  private long bytesGuess = 30_000;

  private final Map<List<String>, Duration> durations = new HashMap<>();
  private final Map<List<String>, Long> bytes = new HashMap<>();

  /** Over a network of that slowness. */
  Duration duration(Order order, int delayMillis) {
    return durations.getOrDefault(key(order, delayMillis), guess);
  }

  private static List<String> key(Order order, int delayMillis) {
    List<String> key = new ArrayList<>(order.goals());
    key.add(delayMillis + " ms");
    return key;
  }

  long bytes(Order order) {
    return bytes.getOrDefault(order.goals(), bytesGuess);
  }

  /** A build was let alone. */
  void learn(Order order, int delayMillis, Duration took, long said) {
    durations.merge(key(order, delayMillis), took, Habits::between);
    bytes.merge(order.goals(), said, Habits::between);
    guess = between(guess, took);
    bytesGuess = between(bytesGuess, said);
  }

  private static Duration between(Duration old, Duration now) {
    return old.multipliedBy(3).plus(now).dividedBy(4);
  }

  private static long between(long old, long now) {
    return (old * 3 + now) / 4;
  }
}
