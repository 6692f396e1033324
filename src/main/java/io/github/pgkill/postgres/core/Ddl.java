package io.github.pgkill.postgres.core;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.value.ServerText;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Statements that cannot have bound values. {@code %I} is an identifier, {@code %R} a role or null
 * for PUBLIC, {@code %L} a literal or NULL, {@code %D} a number; nothing else of a template
 * changes. A literal of the server's bytes is right from a database of whatever encoding.
 */
public final class Ddl {

  private static final Pattern PLACE = Pattern.compile("%[IRLD]");
  private static final int ASCII_ONLY = 0x7f;
  private static final char UNREADABLE = '\ufffd';

  private Ddl() {}

  public static String of(String template, @Nullable Object... values) {
    Deque<Object> left = new ArrayDeque<>();
    for (Object value : values) {
      left.add(value == null ? Absent.VALUE : value);
    }
    String statement =
        PLACE
            .matcher(template)
            .replaceAll(place -> Matcher.quoteReplacement(text(place.group(), left.remove())));
    if (!left.isEmpty()) {
      throw new IllegalArgumentException("too many values for " + template);
    }
    return statement;
  }

  private enum Absent {
    VALUE
  }

  private static String text(String place, Object value) {
    return switch (place) {
      case "%I" -> identifier(value.toString());
      case "%R" -> value == Absent.VALUE ? "PUBLIC" : identifier(value.toString());
      case "%L" -> value == Absent.VALUE ? "NULL" : literal(value);
      default -> Long.toString(((Number) value).longValue());
    };
  }

  /** A name that did not arrive whole would be another one's. */
  private static String identifier(String name) {
    if (name.indexOf(UNREADABLE) >= 0) {
      throw new PgkillFailure(
          "the name '"
              + name
              + "' was given in another encoding than that of the database that the plugin connects"
              + " to, so that it cannot be written",
          "Connect to one of that encoding: -Dpgkill.maintenanceDatabase=...");
    }
    return Identifiers.quote(name);
  }

  private static String literal(Object value) {
    return value instanceof ServerText text
        ? literal(text.bytes(), ASCII_ONLY)
        : literal(value.toString(), Character.MAX_VALUE);
  }

  /**
   * On one line and right whatever standard_conforming_strings and backslash_quote say; control
   * characters are escaped, because it is shown on terminals, too. Where nothing but quotes is
   * special, it is written as people write it.
   */
  private static String literal(String text, int highest) {
    StringBuilder escaped = new StringBuilder();
    for (char c : text.toCharArray()) {
      if (c == '\'' || c == '\\') {
        escaped.append(c).append(c);
      } else if (c == '\n') {
        escaped.append("\\n");
      } else if (c < 0x20 || c == 0x7f || c > highest) {
        escaped.append(String.format("\\x%02X", (int) c));
      } else {
        escaped.append(c);
      }
    }
    return (escaped.indexOf("\\") < 0 ? "'" : "E'") + escaped + "'";
  }
}
