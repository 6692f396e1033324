package io.github.pgkill.maven;

import io.github.pgkill.report.Console;
import org.apache.maven.plugin.logging.Log;
import org.jspecify.annotations.Nullable;

/** Our lines in Maven's log. */
final class MojoConsole implements Console {

  private static final int DEFAULT_WIDTH = 120;
  private static final int NARROWEST = 60;
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
