package io.github.pgkill.postgres.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Reads SQL as the server's lexer does, as far as that tells a parameter from what only looks like
 * one. Directly inside square brackets a colon is that of an array slice; a parameter there stands
 * in parentheses.
 *
 * <p>Written out: a regular expression for it is as long, cannot follow comments that nest, and
 * took longer than the server takes for the statements.
 */
final class NamedParameters {

  private final String sql;
  private final StringBuilder text = new StringBuilder();
  private final List<String> names = new ArrayList<>();
  private final Deque<Character> brackets = new ArrayDeque<>();

  /** What is before it is in the text. */
  private int copied;

  private NamedParameters(String sql) {
    this.sql = sql;
  }

  /** The statement with a {@code ?} in the place of each {@code :name}. */
  static Sql resolve(String sql) {
    return new NamedParameters(sql).resolve();
  }

  private Sql resolve() {
    int last = 0;
    int at = 0;
    while (at < sql.length()) {
      int next = after(at, last);
      last = next > at + 1 ? next : last;
      at = next;
    }
    return new Sql(text.append(sql, copied, sql.length()).toString(), names);
  }

  /**
   * Where the token that begins here ends.
   *
   * @param last where the last token ended that has more than one character
   */
  private int after(int at, int last) {
    switch (sql.charAt(at)) {
      case '\'':
        return afterText(at, last);
      case '"':
        return afterQuote(at, '"', false);
      case '$':
        return afterDollars(at);
      case '-':
        return sql.startsWith("--", at) ? afterLine(at) : at + 1;
      case '/':
        return sql.startsWith("/*", at) ? afterComment(at + 2) : at + 1;
      case ':':
        return afterColon(at);
      case '(', '[':
        brackets.push(sql.charAt(at));
        return at + 1;
      case ')', ']':
        brackets.poll();
        return at + 1;
      case '?':
        throw new IllegalArgumentException("values have names, not places: " + sql);
      default:
        return at + 1;
    }
  }

  /** In {@code E'...'} a backslash escapes. */
  private int afterText(int at, int last) {
    boolean escapes =
        at > last
            && (sql.charAt(at - 1) == 'e' || sql.charAt(at - 1) == 'E')
            && (at - 1 == last || !inWord(sql.charAt(at - 2)));
    return afterQuote(at, '\'', escapes);
  }

  private int afterQuote(int at, char quote, boolean escapes) {
    for (int i = at + 1; i < sql.length(); i++) {
      char c = sql.charAt(i);
      if (escapes && c == '\\') {
        i++;
      } else if (c == quote) {
        if (i + 1 == sql.length() || sql.charAt(i + 1) != quote) {
          return i + 1;
        }
        i++;
      }
    }
    throw unclosed();
  }

  /** Past {@code $tag$ ... $tag$}; a dollar may also be part of a name. */
  private int afterDollars(int at) {
    int end = at + 1;
    while (end < sql.length() && (sql.charAt(end) == '_' || inTag(end, at + 1))) {
      end++;
    }
    boolean tag = end < sql.length() && sql.charAt(end) == '$';
    if (!tag || (at > 0 && inName(sql.charAt(at - 1)))) {
      return at + 1;
    }
    String dollars = sql.substring(at, end + 1);
    int closing = sql.indexOf(dollars, end + 1);
    if (closing < 0) {
      throw unclosed();
    }
    return closing + dollars.length();
  }

  private boolean inTag(int at, int first) {
    char c = sql.charAt(at);
    return Character.isLetter(c) || (at > first && Character.isDigit(c));
  }

  private int afterLine(int at) {
    int end = sql.indexOf('\n', at);
    return end < 0 ? sql.length() : end;
  }

  private int afterComment(int from) {
    int depth = 1;
    int i = from;
    while (depth > 0) {
      int end = sql.indexOf("*/", i);
      int begin = sql.indexOf("/*", i);
      if (end < 0) {
        throw new IllegalArgumentException("a comment is never closed: " + sql);
      }
      boolean deeper = begin >= 0 && begin < end;
      depth += deeper ? 1 : -1;
      i = (deeper ? begin : end) + 2;
    }
    return i;
  }

  private int afterColon(int at) {
    if (sql.startsWith("::", at) || sql.startsWith(":=", at)) {
      return at + 2;
    }
    int end = at + 1;
    while (end < sql.length() && inParameter(sql.charAt(end), end == at + 1)) {
      end++;
    }
    if (end > at + 1 && !Character.valueOf('[').equals(brackets.peek())) {
      text.append(sql, copied, at).append('?');
      names.add(sql.substring(at + 1, end));
      copied = end;
    }
    return end;
  }

  private static boolean inParameter(char c, boolean first) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || c == '_'
        || (!first && c >= '0' && c <= '9');
  }

  private static boolean inWord(char c) {
    return Character.isLetterOrDigit(c) || c == '_';
  }

  /** Whether a dollar behind it is not the beginning of anything. */
  private static boolean inName(char c) {
    return inParameter(c, false) || c == '$' || c >= 0x80;
  }

  private IllegalArgumentException unclosed() {
    return new IllegalArgumentException("a quote is never closed: " + sql);
  }
}
