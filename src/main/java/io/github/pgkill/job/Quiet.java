package io.github.pgkill.job;

import io.github.pgkill.report.Console;

/** A console for what was said already or will be: information goes to those who debug. */
final class Quiet implements Console {

  private final Console console;

  private Quiet(Console console) {
    this.console = console;
  }

  static Console beside(Console console) {
    return new Quiet(console);
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
