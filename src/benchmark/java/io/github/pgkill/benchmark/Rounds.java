package io.github.pgkill.benchmark;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs several subjects side by side: each once in every round, another one first each time, so
 * that whatever else the machine does meets all of them.
 */
final class Rounds {

  /** Does what is measured and says how long it took. */
  interface Subject {
    /** In milliseconds. */
    double measure() throws Exception;
  }

  private final Map<String, Subject> subjects = new LinkedHashMap<>();

  Rounds with(String name, Subject subject) {
    subjects.put(name, subject);
    return this;
  }

  /** One unmeasured round, then so many measured ones. */
  Map<String, Samples> run(int rounds) throws Exception {
    Map<String, Samples> samples = new LinkedHashMap<>();
    List<String> order = new ArrayList<>(subjects.keySet());
    for (String name : order) {
      subjects.get(name).measure();
      samples.put(name, new Samples());
    }
    for (int round = 0; round < rounds; round++) {
      for (String name : order) {
        samples.get(name).add(subjects.get(name).measure());
      }
      Collections.rotate(order, 1);
    }
    return samples;
  }

  static double millisSince(long startNanos) {
    return (System.nanoTime() - startNanos) / 1e6;
  }
}
