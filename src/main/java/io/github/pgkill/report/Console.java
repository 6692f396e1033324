package io.github.pgkill.report;

/** Where lines for the user go. Implemented on Maven's log by the goals, and by tests. */
public interface Console {

  /** For somebody who looks for a defect. */
  void debug(String line);

  /** What happens and what came of it. */
  void info(String line);

  /** What the user should know although the goal goes on. */
  void warn(String line);

  /** Columns that a line may take before it wraps. */
  int width();
}
