package io.github.pgkill.model.value;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/** Finds the name that somebody who mistyped it probably meant. */
public final class NearestName {

  /** The fewest letters of which it is worth telling what they abbreviate. */
  private static final int ABBREVIATION = 4;

  private NearestName() {}

  /** The nearest of the known names, or the shortest that was abbreviated; empty when none is. */
  public static Optional<String> of(String typed, Collection<String> known) {
    int far = Math.max(2, typed.length() / 3);
    Optional<String> nearest =
        known.stream()
            .min(
                Comparator.comparingInt((String name) -> distance(typed, name))
                    .thenComparing(name -> name))
            .filter(name -> distance(typed, name) <= far);
    return nearest.or(() -> abbreviated(typed, known));
  }

  /** {@code excludeUser} means {@code excludeSessionUsers}: letters were only left out. */
  private static Optional<String> abbreviated(String typed, Collection<String> known) {
    return known.stream()
        .filter(name -> typed.length() >= ABBREVIATION && leavesOut(typed, name))
        .min(Comparator.comparingInt(String::length).thenComparing(name -> name));
  }

  private static boolean leavesOut(String typed, String known) {
    String rest = known.toLowerCase(Locale.ROOT);
    for (char letter : typed.toLowerCase(Locale.ROOT).toCharArray()) {
      int at = rest.indexOf(letter);
      if (at < 0) {
        return false;
      }
      rest = rest.substring(at + 1);
    }
    return true;
  }

  /** The Levenshtein distance without case: letters to insert, delete or replace. */
  private static int distance(String typed, String known) {
    String one = typed.toLowerCase(Locale.ROOT);
    String other = known.toLowerCase(Locale.ROOT);
    int[] previous = IntStream.rangeClosed(0, other.length()).toArray();
    for (int i = 1; i <= one.length(); i++) {
      int[] current = new int[other.length() + 1];
      current[0] = i;
      for (int j = 1; j <= other.length(); j++) {
        int replaced = previous[j - 1] + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(replaced, 1 + Math.min(previous[j], current[j - 1]));
      }
      previous = current;
    }
    return previous[other.length()];
  }
}
