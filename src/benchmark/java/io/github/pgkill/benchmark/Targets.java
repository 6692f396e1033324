package io.github.pgkill.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What is wanted of the plugin, held against what this run measured. */
final class Targets {

  private final List<String> reached = new ArrayList<>();
  private final List<String> missed = new ArrayList<>();

  /** A figure that may be so large at most; not judged where it could not be measured. */
  void atMost(double wanted, String what, double measured) {
    if (Double.isNaN(measured)) {
      return;
    }
    boolean met = measured <= wanted;
    (met ? reached : missed)
        .add(
            String.format(
                Locale.ROOT,
                "  %-7s %s: %.2f, wanted %.2f at most",
                met ? "reached" : "MISSED",
                what,
                measured,
                wanted));
  }

  /** Prints the verdict; nothing when nothing was measured that a target is about. */
  void print() {
    if (reached.isEmpty() && missed.isEmpty()) {
      return;
    }
    System.out.printf(
        "Verdict: %d of %d targets reached%n", reached.size(), reached.size() + missed.size());
    missed.forEach(System.out::println);
    reached.forEach(System.out::println);
  }
}
