package io.github.pgkill.benchmark;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** What one subject took in each round, in milliseconds. */
final class Samples {

  private final List<Double> millis = new ArrayList<>();

  void add(double sample) {
    millis.add(sample);
  }

  /** Forgets the round before the first measured one. */
  void forgetFirst() {
    millis.remove(0);
  }

  double median() {
    return median(millis);
  }

  /** {@code 12.3 ms (10.0 to 15.1)}. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%.1f ms (%.1f to %.1f)",
        median(),
        Collections.min(millis),
        Collections.max(millis));
  }

  /** How many times the other's time this took: the median of the rounds. */
  double timesOf(Samples other) {
    return median(ratios(other));
  }

  /** The same with the range of the rounds. */
  String ratioTo(Samples other) {
    List<Double> ratios = ratios(other);
    return String.format(
        Locale.ROOT,
        "%.2f (%.2f to %.2f)",
        median(ratios),
        Collections.min(ratios),
        Collections.max(ratios));
  }

  /** By how much this took longer than the other, round by round. */
  Samples distanceTo(Samples other) {
    Samples distance = new Samples();
    for (int round = 0; round < millis.size(); round++) {
      distance.add(millis.get(round) - other.millis.get(round));
    }
    return distance;
  }

  private List<Double> ratios(Samples other) {
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < millis.size(); round++) {
      ratios.add(millis.get(round) / other.millis.get(round));
    }
    return ratios;
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
