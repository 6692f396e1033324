package io.github.pgkill.report.html;

import io.github.pgkill.model.text.PlainText;
import java.io.IOException;
import java.io.Writer;
import java.util.Locale;

/**
 * Text as it may stand in a page: markup escaped, and what cannot be seen, reorders its
 * surroundings or is not allowed in a document made visible, as in the log.
 */
final class HtmlText {

  /**
   * Characters of one text that a page shows. The server keeps 1,024 bytes of a query unless told
   * otherwise, so that most are whole; thousands of long ones would make a page that freezes.
   */
  static final int LONGEST = 4_000;

  private HtmlText() {}

  /** Writes the text for element content and for quoted attribute values. */
  static void escape(String text, Writer out) throws IOException {
    int at = 0;
    int marks = 0;
    while (at < text.length()) {
      int codePoint = text.codePointAt(at);
      at += Character.charCount(codePoint);
      boolean newLine = codePoint == '\r' && at < text.length() && text.charAt(at) == '\n';
      if (newLine) {
        continue;
      }
      marks = PlainText.mark(codePoint) ? marks + 1 : 0;
      boolean heap = marks > PlainText.MARKS_PER_CHARACTER;
      escape(codePoint, heap, out);
    }
  }

  private static void escape(int codePoint, boolean heap, Writer out) throws IOException {
    switch (codePoint) {
      case '\n', '\t' -> out.write(codePoint);
      case '&' -> out.write("&amp;");
      case '<' -> out.write("&lt;");
      case '>' -> out.write("&gt;");
      case '"' -> out.write("&quot;");
      case '\'' -> out.write("&#39;");
      default -> {
        if (codePoint >= ' ' && codePoint < 0x7F) {
          out.write(codePoint);
        } else if (heap || PlainText.treacherous(codePoint)) {
          out.write(String.format("&lt;U+%04X&gt;", codePoint));
        } else {
          out.write(Character.toString(codePoint));
        }
      }
    }
  }

  /** The first characters of a text, never half a character. */
  static String head(String text, int length) {
    if (text.length() <= length) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length;
    return text.substring(0, end);
  }

  /** A text as a page shows it, with what is missing said. */
  static String shown(String text) {
    String head = head(text, LONGEST);
    int missing = text.length() - head.length();
    return missing == 0
        ? text
        : head + "\n[cut here: " + grouped(missing) + " more characters are in the JSON report]";
  }

  /** {@code 1,048,576}. */
  static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
