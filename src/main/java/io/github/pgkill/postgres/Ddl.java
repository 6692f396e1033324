package io.github.pgkill.postgres;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Statements that cannot have bound values. {@code %I} is an identifier, {@code %R} a role or null
 * for PUBLIC, {@code %L} a literal or NULL, {@code %D} a number; nothing else of a template
 * changes.
 */
final class Ddl {

  private static final Pattern PLACE = Pattern.compile("%[IRLD]");

  private Ddl() {}

  static String of(String template, @Nullable Object... values) {
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
      case "%I" -> Identifiers.quote(value.toString());
      case "%R" -> value == Absent.VALUE ? "PUBLIC" : Identifiers.quote(value.toString());
      case "%L" -> value == Absent.VALUE ? "NULL" : literal(value.toString());
      default -> Long.toString(((Number) value).longValue());
    };
  }

  /** On one line and right whatever standard_conforming_strings says. */
  private static String literal(String text) {
    String escaped =
        text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r");
    return "E'" + escaped + "'";
  }
}
