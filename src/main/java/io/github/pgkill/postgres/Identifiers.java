package io.github.pgkill.postgres;

import java.util.regex.Pattern;

/** The one place that quotes identifiers. */
final class Identifiers {

  private static final Pattern PLAIN = Pattern.compile("[a-z_][a-z0-9_]*");

  private Identifiers() {}

  /** The identifier as SQL text, in quotes where it needs them. */
  static String quote(String identifier) {
    return PLAIN.matcher(identifier).matches()
        ? identifier
        : '"' + identifier.replace("\"", "\"\"") + '"';
  }
}
