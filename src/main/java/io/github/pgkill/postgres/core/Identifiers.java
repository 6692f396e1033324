package io.github.pgkill.postgres.core;

import io.github.pgkill.model.value.RelationName;

/** The one place that quotes identifiers. */
public final class Identifiers {

  private Identifiers() {}

  /**
   * The identifier as SQL text, on one line; always in quotes, because reserved words look harmless
   * too.
   */
  public static String quote(String identifier) {
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

  /** A schema or relation as users write it: in quotes only where it needs them. */
  public static String named(RelationName name) {
    String relation = name.relation();
    return plain(name.schema()) + (relation == null ? "" : "." + plain(relation));
  }

  /** A relation as SQL text. */
  public static String quoted(RelationName name) {
    String relation = name.relation();
    return quote(name.schema()) + (relation == null ? "" : "." + quote(relation));
  }

  private static String plain(String identifier) {
    return identifier.matches("[a-z_][a-z0-9_$]*") ? identifier : quote(identifier);
  }

  /** Those that every server encoding can escape. */
  private static boolean control(int c) {
    return c < 0x20 || c == 0x7f;
  }
}
