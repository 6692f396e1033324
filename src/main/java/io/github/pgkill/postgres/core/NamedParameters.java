package io.github.pgkill.postgres.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads SQL as the server's lexer does, as far as that tells a parameter from what only looks like
 * one. Directly inside square brackets a colon is that of an array slice; a parameter there stands
 * in parentheses.
 */
final class NamedParameters {

  /** A comment only begins here: comments nest, which no regular expression can follow. */
  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<skipped>--[^\\n]*"
              + "|\\b[eE]'(?:[^'\\\\]++|''|\\\\.)*+'"
              + "|'(?:[^']++|'')*+'"
              + "|\"(?:[^\"]++|\"\")*+\""
              + "|(?<![\\w$\\x80-\\uffff])(?<dollars>\\$(?:[\\p{L}_][\\p{L}\\p{Nd}_]*)?\\$)"
              + "(?s:.)*?\\k<dollars>"
              + "|::|:=)"
              + "|(?<comment>/\\*)"
              + "|(?<unclosed>['\"]|(?<![\\w$\\x80-\\uffff])\\$(?:[\\p{L}_][\\p{L}\\p{Nd}_]*)?\\$)"
              + "|(?<open>[(\\[])"
              + "|(?<close>[)\\]])"
              + "|(?<positional>\\?)"
              + "|:(?<name>[A-Za-z_][A-Za-z0-9_]*)",
          Pattern.DOTALL);

  private NamedParameters() {}

  /** The statement with a {@code ?} in the place of each {@code :name}. */
  static Sql resolve(String sql) {
    StringBuilder text = new StringBuilder();
    List<String> names = new ArrayList<>();
    Deque<Character> brackets = new ArrayDeque<>();
    Matcher token = TOKEN.matcher(sql);
    int copied = 0;
    int from = 0;
    while (token.find(from)) {
      from = token.end();
      if (token.group("comment") != null) {
        from = afterComment(sql, from);
      } else if (token.group("unclosed") != null) {
        throw new IllegalArgumentException("a quote is never closed: " + sql);
      } else if (token.group("positional") != null) {
        throw new IllegalArgumentException("values have names, not places: " + sql);
      } else if (token.group("open") != null) {
        brackets.push(token.group("open").charAt(0));
      } else if (token.group("close") != null) {
        brackets.poll();
      } else if (token.group("name") != null && !Character.valueOf('[').equals(brackets.peek())) {
        text.append(sql, copied, token.start()).append('?');
        names.add(token.group("name"));
        copied = from;
      }
    }
    return new Sql(text.append(sql.substring(copied)).toString(), names);
  }

  private static int afterComment(String sql, int from) {
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
}
