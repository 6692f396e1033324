package io.github.pgkill.report.console;

import io.github.pgkill.model.report.Verdict;
import java.util.List;

/** Where lines for the user go. Implemented on Maven's log by the goals, and by tests. */
public interface Console {

  /** For somebody who looks for a defect. */
  void debug(String line);

  /** What happens and what came of it. */
  void info(String line);

  /** What the user should know although the goal goes on. */
  void warn(String line);

  /** The head of a table and its rows. */
  default void table(List<String> lines) {
    lines.forEach(this::info);
  }

  /** What came of a goal that did not fail, in a line. */
  default void verdict(Verdict verdict) {
    info(verdict.summary());
  }

  /** What a wait says while it lasts. */
  default void progress(String line) {
    info(line);
  }

  /** Whether a line of progress takes the place of the one before, so that there may be many. */
  default boolean rewrites() {
    return false;
  }

  /** Columns that a line may take before it wraps. */
  int width();
}
