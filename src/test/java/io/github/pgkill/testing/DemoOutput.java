package io.github.pgkill.testing;

import java.util.List;
import java.util.function.Predicate;

/** What the demo shows of a Maven's output: what its goals print, without Maven's own frame. */
final class DemoOutput {

  private static final List<String> LEVELS = List.of("[INFO] ", "[ERROR] ");

  private final Predicate<String> wanted;
  private boolean inGoal;
  private boolean gap;

  DemoOutput(Predicate<String> wanted) {
    this.wanted = wanted;
  }

  void line(String line) {
    String text = withoutLevel(line);
    if (text.startsWith("--- ") || text.startsWith("-----")) {
      inGoal = text.startsWith("--- ");
      gap = false;
    } else if ((inGoal || line.startsWith("[ERROR]")) && wanted.test(text)) {
      show(text);
    }
  }

  /** Empty lines are shown between others only. */
  private void show(String text) {
    if (text.isBlank()) {
      gap = true;
      return;
    }
    if (gap) {
      Demo.say("");
      gap = false;
    }
    Demo.say("  " + text);
  }

  private static String withoutLevel(String line) {
    return LEVELS.stream()
        .filter(level -> line.startsWith(level) || line.equals(level.trim()))
        .findFirst()
        .map(level -> line.substring(Math.min(line.length(), level.length())))
        .orElse(line);
  }
}
