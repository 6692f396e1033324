package io.github.pgkill.maven;

import io.github.pgkill.report.Console;
import org.apache.maven.plugin.logging.Log;
import org.jspecify.annotations.Nullable;

/** Our lines in Maven's log. */
final class MojoConsole implements Console {

  private static final int DEFAULT_WIDTH = 120;
  private static final int NARROWEST = 60;
  private static final int DEFAULT_ROWS = 40;
  private static final int FEWEST_ROWS = 5;

  /** What Maven and this plugin print around a table. */
  private static final int OTHER_LINES = 14;

  private static final int LEVEL_PREFIX = "[WARNING] ".length();

  private final Log log;
  private final int width;

  MojoConsole(Log log) {
    this(log, System.getenv("COLUMNS"));
  }

  MojoConsole(Log log, @Nullable String columns) {
    this.log = log;
    boolean known = columns != null && columns.matches("\\d{1,4}");
    int terminal = known ? Integer.parseInt(columns) : DEFAULT_WIDTH;
    this.width = Math.max(NARROWEST, terminal) - LEVEL_PREFIX;
  }

  /** How many rows of a table fit beside what else is said. */
  static int rows(@Nullable String lines) {
    boolean known = lines != null && lines.matches("[1-9]\\d{0,3}");
    return known ? Math.max(FEWEST_ROWS, Integer.parseInt(lines) - OTHER_LINES) : DEFAULT_ROWS;
  }

  @Override
  public void debug(String line) {
    log.debug(line);
  }

  @Override
  public void info(String line) {
    log.info(line);
  }

  @Override
  public void warn(String line) {
    log.warn(line);
  }

  @Override
  public int width() {
    return width;
  }
}
