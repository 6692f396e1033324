package io.github.pgkill.testing;

import io.github.pgkill.report.console.Console;
import java.util.List;

/** Keeps what a job told the user: every line, warnings marked as such. */
public class RecordedConsole implements Console {

  private final List<String> lines;

  /** Keeps it in that list, which several threads may add to at once. */
  public RecordedConsole(List<String> lines) {
    this.lines = lines;
  }

  @Override
  public void debug(String line) {
    lines.add(line);
  }

  @Override
  public void info(String line) {
    lines.add(line);
  }

  @Override
  public void warn(String line) {
    lines.add("WARN " + line);
  }

  @Override
  public int width() {
    return 120;
  }
}
