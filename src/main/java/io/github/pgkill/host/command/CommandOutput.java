package io.github.pgkill.host.command;

import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** What a program wrote, as much of it as is worth keeping, however much it writes. */
final class CommandOutput {

  private static final int BEGINNING = 1 << 20;
  private static final int TAIL = 4_000;

  /** Kept before the tail and never shown once something is cut: half a secret may stand there. */
  private static final int MARGIN = 4_000;

  private static final String CUT = "[...] ";

  private final StringBuilder beginning = new StringBuilder();
  private final StringBuilder tail = new StringBuilder();
  private final CommandLines out;
  private final CommandLines err;
  private boolean cut;

  /**
   * Keeps it, and hands it on while it comes.
   *
   * @param line gets each line as soon as it is whole; never two at once
   */
  CommandOutput(Consumer<String> line) {
    out = new CommandLines(line);
    err = new CommandLines(line);
  }

  synchronized void stdout(char[] text, int length) {
    beginning.append(text, 0, Math.min(length, BEGINNING - beginning.length()));
    tail(text, length);
    out.add(text, length);
  }

  synchronized void stderr(char[] text, int length) {
    tail(text, length);
    err.add(text, length);
  }

  /** Hands on the last lines, also those that were never ended; what comes later is not said. */
  synchronized void end() {
    out.end();
    err.end();
  }

  /** The first megabyte of standard output. */
  synchronized String beginning() {
    return beginning.toString();
  }

  /**
   * The last of both outputs; where something is missing before it, that is marked.
   *
   * @param mask takes secrets out of a text
   */
  synchronized String tail(UnaryOperator<String> mask) {
    String masked = mask.apply(tail.toString());
    int whole = cut ? Math.min(MARGIN, masked.length()) : 0;
    int from = Math.max(whole, masked.length() - TAIL);
    return cut || from > 0 ? CUT + masked.substring(from) : masked;
  }

  /** Twice as much is kept as is shown, so that not every piece moves the rest. */
  private void tail(char[] text, int length) {
    tail.append(text, 0, length);
    if (tail.length() > 2 * (TAIL + MARGIN)) {
      tail.delete(0, tail.length() - TAIL - MARGIN);
      cut = true;
    }
  }
}
