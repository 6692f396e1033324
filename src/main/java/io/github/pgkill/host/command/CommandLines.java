package io.github.pgkill.host.command;

import java.util.function.Consumer;

/**
 * One output of a program, line by line. A carriage return ends a line, too: what draws a progress
 * bar ends its line with nothing else for minutes.
 */
final class CommandLines {

  /** No line is longer: what follows is not handed on, so that half a secret is never shown. */
  private static final int LONGEST = 4_000;

  private final Consumer<String> sink;
  private final StringBuilder line = new StringBuilder();
  private boolean ended;

  CommandLines(Consumer<String> sink) {
    this.sink = sink;
  }

  void add(char[] text, int length) {
    for (int i = 0; i < length && !ended; i++) {
      if (text[i] == '\n' || text[i] == '\r') {
        hand();
      } else if (line.length() <= LONGEST) {
        line.append(text[i]);
      }
    }
  }

  void end() {
    hand();
    ended = true;
  }

  private void hand() {
    if (!line.toString().isBlank()) {
      sink.accept(
          line.length() > LONGEST
              ? "a line of more than " + LONGEST + " characters"
              : line.toString());
    }
    line.setLength(0);
  }
}
