package io.github.pgkill.postgres;

/** The one place that quotes identifiers. */
final class Identifiers {

  private Identifiers() {}

  /** The identifier as SQL text; always in quotes, because reserved words look harmless too. */
  static String quote(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }
}
