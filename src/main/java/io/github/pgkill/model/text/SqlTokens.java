package io.github.pgkill.model.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Takes the text of a query apart as the server's own lexer does (PostgreSQL's scan.l), as far as
 * strangers can hide something in it: literals of every kind, names in quotes, comments. The server
 * cuts texts, so that each of them may lack its end.
 */
final class SqlTokens {

  /** What a part of the text is. */
  enum Kind {
    /** A keyword, a name without quotes, a number. */
    WORD,
    /** A name in quotes. */
    NAME,
    LITERAL,
    COMMENT,
    SPACE,
    /** One character of an operator or of punctuation. */
    OTHER
  }

  /**
   * A part of the text.
   *
   * @param kind what it is
   * @param start where it starts
   * @param inner where what stands in its quotes or behind its mark starts
   * @param innerEnd where that ends
   * @param end where it ends
   */
  record Token(Kind kind, int start, int inner, int innerEnd, int end) {}

  private final String text;

  /** Whether a backslash escapes in every literal, as without standard_conforming_strings. */
  private final boolean backslashes;

  private final List<Token> tokens = new ArrayList<>();
  private int at;

  private SqlTokens(String text, boolean backslashes) {
    this.text = text;
    this.backslashes = backslashes;
  }

  /** All of a text, in its order. */
  static List<Token> of(String text, boolean backslashes) {
    SqlTokens lexer = new SqlTokens(text, backslashes);
    while (lexer.at < text.length()) {
      lexer.next();
    }
    return lexer.tokens;
  }

  private void next() {
    char c = text.charAt(at);
    if (c <= ' ') {
      take(Kind.SPACE, spaces(at));
    } else if (text.startsWith("--", at)) {
      int end = lineEnd(at);
      add(Kind.COMMENT, at + 2, end, end);
    } else if (text.startsWith("/*", at)) {
      blockComment();
    } else if (c == '\'') {
      literal(at, backslashes);
    } else if (c == '"') {
      name();
    } else if (c == '$') {
      dollar();
    } else if (letter(c) || digit(c)) {
      word();
    } else {
      take(Kind.OTHER, at + 1);
    }
  }

  private void word() {
    boolean number = digit(text.charAt(at));
    int end = at + 1;
    while (end < text.length() && inWord(text.charAt(end), number)) {
      end++;
    }
    String word = text.substring(at, end).toLowerCase(Locale.ROOT);
    if (text.startsWith("'", end) && List.of("e", "b", "x", "n").contains(word)) {
      literal(end, backslashes || word.equals("e"));
    } else if (word.equals("u") && text.startsWith("&'", end)) {
      literal(end + 1, backslashes);
    } else {
      take(Kind.WORD, end);
    }
  }

  private static boolean inWord(char c, boolean number) {
    return letter(c) || digit(c) || (c == '$' && !number);
  }

  /** Goes on behind white space that holds a line's end, as SQL has it. */
  private void literal(int quote, boolean escapes) {
    int inner = quote + 1;
    while (true) {
      int close = closing(quote + 1, '\'', escapes);
      if (close == text.length()) {
        add(Kind.LITERAL, inner, close, close);
        return;
      }
      quote = continuation(close + 1);
      if (quote < 0) {
        add(Kind.LITERAL, inner, close, close + 1);
        return;
      }
    }
  }

  /** Where a literal goes on; negative where it does not. */
  private int continuation(int from) {
    int next = from;
    boolean line = false;
    while (next < text.length()) {
      char c = text.charAt(next);
      if (c <= ' ') {
        line |= c == '\n' || c == '\r';
        next++;
      } else if (text.startsWith("--", next)) {
        next = lineEnd(next);
      } else {
        return line && c == '\'' ? next : -1;
      }
    }
    return -1;
  }

  private void name() {
    int close = closing(at + 1, '"', false);
    add(Kind.NAME, at + 1, close, Math.min(close + 1, text.length()));
  }

  /** Where the quote is that ends it; the text's end where there is none. */
  private int closing(int from, char quote, boolean escapes) {
    int next = from;
    while (next < text.length()) {
      char c = text.charAt(next);
      if (c == quote && text.startsWith(String.valueOf(quote), next + 1)) {
        next += 2;
      } else if (c == quote) {
        return next;
      } else {
        next += escapes && c == '\\' ? 2 : 1;
      }
    }
    return text.length();
  }

  private void dollar() {
    int tag = at + 1;
    while (tag < text.length() && inWord(text.charAt(tag), true)) {
      tag++;
    }
    boolean quote = text.startsWith("$", tag) && (tag == at + 1 || !digit(text.charAt(at + 1)));
    if (!quote) {
      take(Kind.OTHER, at + 1);
      return;
    }
    int inner = tag + 1;
    String delimiter = text.substring(at, inner);
    int close = text.indexOf(delimiter, inner);
    if (close < 0) {
      add(Kind.LITERAL, inner, text.length(), text.length());
    } else {
      add(Kind.LITERAL, inner, close, close + delimiter.length());
    }
  }

  private void blockComment() {
    int depth = 1;
    int next = at + 2;
    while (next < text.length()) {
      if (text.startsWith("/*", next)) {
        depth++;
        next += 2;
      } else if (text.startsWith("*/", next)) {
        depth--;
        next += 2;
        if (depth == 0) {
          add(Kind.COMMENT, at + 2, next - 2, next);
          return;
        }
      } else {
        next++;
      }
    }
    add(Kind.COMMENT, at + 2, text.length(), text.length());
  }

  private int spaces(int from) {
    int next = from;
    while (next < text.length() && text.charAt(next) <= ' ') {
      next++;
    }
    return next;
  }

  private int lineEnd(int from) {
    int next = from;
    while (next < text.length() && text.charAt(next) != '\n' && text.charAt(next) != '\r') {
      next++;
    }
    return next;
  }

  private void take(Kind kind, int end) {
    add(kind, at, end, end);
  }

  private void add(Kind kind, int inner, int innerEnd, int end) {
    tokens.add(new Token(kind, at, inner, innerEnd, end));
    at = end;
  }

  private static boolean letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
  }

  private static boolean digit(char c) {
    return c >= '0' && c <= '9';
  }
}
