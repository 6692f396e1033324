package io.github.pgkill.maven.build;

import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.text.PlainText;
import io.github.pgkill.report.console.Console;
import java.util.List;
import org.apache.maven.plugin.logging.Log;
import org.jspecify.annotations.Nullable;

/**
 * Our lines in Maven's log. Each goes through {@link PlainText} here, whoever made it of whatever
 * names.
 */
public final class MojoConsole implements Console {

  private static final int DEFAULT_WIDTH = 120;
  private static final int NARROWEST = 60;
  private static final int DEFAULT_ROWS = 40;
  private static final int FEWEST_ROWS = 5;

  /** What Maven and this plugin print around a table. */
  private static final int OTHER_LINES = 14;

  private static final int LEVEL_PREFIX = "[WARNING] ".length();

  private static final String RESET = "\u001b[m";
  private static final String BOLD = "\u001b[1m";
  private static final String GREEN = "\u001b[32m";
  private static final String YELLOW = "\u001b[33m";

  /**
   * Up one line, to its start, and everything from there on is gone; then what Maven begins with.
   */
  private static final String AGAIN = "\u001b[1A\r\u001b[J[\u001b[1;34mINFO" + RESET + "] ";

  /** Whether the last of our lines was progress, which the next progress takes the place of. */
  private static boolean progressing;

  private final Log log;
  private final ConsoleStyle style;
  private final int width;

  public MojoConsole(Log log, ConsoleStyle style) {
    this.log = log;
    this.style = style;
    int terminal = style.width() == 0 ? DEFAULT_WIDTH : style.width();
    this.width = Math.max(NARROWEST, terminal) - LEVEL_PREFIX;
    progressed(false);
  }

  /** How many rows of a table fit beside what else is said. */
  public static int rows(@Nullable String lines) {
    boolean known = lines != null && lines.matches("[1-9]\\d{0,3}");
    return known ? Math.max(FEWEST_ROWS, Integer.parseInt(lines) - OTHER_LINES) : DEFAULT_ROWS;
  }

  @Override
  public void debug(String line) {
    if (log.isDebugEnabled()) {
      progressed(false);
      log.debug(PlainText.line(line));
    }
  }

  @Override
  public void info(String line) {
    say(PlainText.line(line));
  }

  @Override
  public void warn(String line) {
    progressed(false);
    log.warn(PlainText.line(line));
  }

  @Override
  public void table(List<String> lines) {
    for (int i = 0; i < lines.size(); i++) {
      String line = PlainText.line(lines.get(i));
      say(i == 0 ? styled(BOLD, line) : line);
    }
  }

  @Override
  public void verdict(Verdict verdict) {
    boolean success = verdict.status() == Verdict.Status.SUCCESS;
    say(styled(success ? GREEN : YELLOW, PlainText.line(verdict.summary())));
  }

  @Override
  public void progress(String line) {
    boolean again = progressed(style.rewrites());
    String plain = PlainText.line(line);
    log.info(style.rewrites() && again ? AGAIN + plain : plain);
  }

  private void say(String plain) {
    progressed(false);
    log.info(plain);
  }

  @Override
  public boolean rewrites() {
    return style.rewrites();
  }

  @Override
  public int width() {
    return width;
  }

  private String styled(String how, String text) {
    return style.colours() ? how + text + RESET : text;
  }

  private static synchronized boolean progressed(boolean now) {
    boolean before = progressing;
    progressing = now;
    return before;
  }
}
