package io.github.pgkill.job.admission;

import io.github.pgkill.report.console.Console;

/** A console for what was said already or will be: information goes to those who debug. */
public final class DebugConsole implements Console {

  private final Console console;

  private DebugConsole(Console console) {
    this.console = console;
  }

  public static Console beside(Console console) {
    return new DebugConsole(console);
  }

  @Override
  public void debug(String line) {
    console.debug(line);
  }

  @Override
  public void info(String line) {
    console.debug(line);
  }

  @Override
  public void warn(String line) {
    console.warn(line);
  }

  @Override
  public int width() {
    return console.width();
  }
}
