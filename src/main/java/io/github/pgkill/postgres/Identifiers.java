package io.github.pgkill.postgres;

/** The one place that quotes identifiers. */
final class Identifiers {

  private Identifiers() {}

  /**
   * The identifier as SQL text, on one line; always in quotes, because reserved words look harmless
   * too.
   */
  static String quote(String identifier) {
    if (identifier.chars().noneMatch(Identifiers::control)) {
      return '"' + identifier.replace("\"", "\"\"") + '"';
    }
    StringBuilder quoted = new StringBuilder("U&\"");
    for (char c : identifier.toCharArray()) {
      if (control(c)) {
        quoted.append(String.format("\\%04X", (int) c));
      } else {
        quoted.append(c == '"' || c == '\\' ? "" + c + c : String.valueOf(c));
      }
    }
    return quoted.append('"').toString();
  }

  /** Those that every server encoding can escape. */
  private static boolean control(int c) {
    return c < 0x20 || c == 0x7f;
  }
}
