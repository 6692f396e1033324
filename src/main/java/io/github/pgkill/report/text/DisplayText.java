package io.github.pgkill.report.text;

import io.github.pgkill.model.text.PlainText;
import java.util.ArrayList;
import java.util.List;

/**
 * Text of others (query texts, application names) made safe and measured for a line of the log:
 * nothing in it can start a new line, move the cursor, reorder what stands beside it, or hide.
 */
public final class DisplayText {

  private static final String ELLIPSIS = "...";

  /**
   * Two columns each: East Asian Wide and Fullwidth of Unicode's EastAsianWidth.txt, joined into
   * few ranges; where a range holds narrow characters too, they are counted too wide rather than
   * too narrow.
   */
  private static final int[][] WIDE = {
    {0x1100, 0x115F},
    {0x231A, 0x231B},
    {0x2329, 0x232A},
    {0x23E9, 0x23F3},
    {0x25FD, 0x25FE},
    {0x2600, 0x27BF},
    {0x2B1B, 0x2B55},
    {0x2E80, 0xA4CF},
    {0xA960, 0xA97F},
    {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF},
    {0xFE10, 0xFE19},
    {0xFE30, 0xFE6F},
    {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6},
    {0x16FE0, 0x18DFF},
    {0x1AFF0, 0x1B2FF},
    {0x1F000, 0x1FAFF},
    {0x20000, 0x3FFFD},
  };

  private DisplayText() {}

  /**
   * A text that takes no more columns than it may.
   *
   * @param text the text
   * @param cut whether something of it is missing
   */
  public record Fitted(String text, boolean cut) {}

  /** The whole text on one line, white space collapsed, what cannot be seen made visible. */
  public static String clean(String raw) {
    return PlainText.withoutCommands(fit(raw, Integer.MAX_VALUE).text());
  }

  /** As {@link #clean}, cut to a width in columns; looks no further into the text than needed. */
  public static Fitted fit(String raw, int width) {
    Line line = new Line(width);
    int at = 0;
    while (at < raw.length()) {
      int codePoint = raw.codePointAt(at);
      if (!line.add(codePoint)) {
        return new Fitted(line.cut(), true);
      }
      at += Character.charCount(codePoint);
    }
    return new Fitted(line.text.toString(), false);
  }

  /** Columns that a cleaned text takes. */
  public static int width(String cleaned) {
    return cleaned.codePoints().map(DisplayText::width).sum();
  }

  /** A cleaned text with spaces up to a width. */
  public static String pad(String cleaned, int width, boolean right) {
    String spaces = " ".repeat(Math.max(0, width - width(cleaned)));
    return right ? spaces + cleaned : cleaned + spaces;
  }

  /**
   * Makes a text plain and breaks it at spaces, never at a stranger's end of a line; each line
   * after the first starts with the indent.
   */
  public static List<String> wrap(String first, String raw, int width, String indent) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder(first);
    boolean fresh = true;
    for (String word : PlainText.line(raw).strip().split(" +")) {
      for (String piece : pieces(word, width - Math.max(first.length(), indent.length()))) {
        if (!fresh && width(line.toString()) + 1 + width(piece) > width) {
          lines.add(line.toString());
          line = new StringBuilder(indent);
          fresh = true;
        }
        line.append(fresh ? "" : " ").append(piece);
        fresh = false;
      }
    }
    lines.add(line.toString());
    return lines;
  }

  private static List<String> pieces(String word, int width) {
    List<String> pieces = new ArrayList<>();
    StringBuilder piece = new StringBuilder();
    int used = 0;
    for (int codePoint : word.codePoints().toArray()) {
      if (used + width(codePoint) > width) {
        pieces.add(piece.toString());
        piece.setLength(0);
        used = 0;
      }
      piece.appendCodePoint(codePoint);
      used += width(codePoint);
    }
    pieces.add(piece.toString());
    return pieces;
  }

  private static int width(int codePoint) {
    if (PlainText.mark(codePoint)) {
      return 0;
    }
    return PlainText.within(WIDE, codePoint) ? 2 : 1;
  }

  /** The text so far, and where to cut it when more comes than fits. */
  private static final class Line {
    private final StringBuilder text = new StringBuilder();
    private final int width;
    private final String ellipsis;
    private int used;
    private int cutAt;
    private boolean pendingSpace;
    private int marks = PlainText.MARKS_PER_CHARACTER;

    private Line(int width) {
      this.width = width;
      ellipsis = width > 2 * ELLIPSIS.length() ? ELLIPSIS : "";
    }

    /** Adds a code point; false when it does not fit any more. */
    private boolean add(int codePoint) {
      if (PlainText.space(codePoint)) {
        pendingSpace = text.length() > 0;
        marks = PlainText.MARKS_PER_CHARACTER;
        return true;
      }
      boolean mark = PlainText.mark(codePoint);
      String piece = Character.toString(codePoint);
      int columns = width(codePoint);
      if (PlainText.treacherous(codePoint) || (mark && marks >= PlainText.MARKS_PER_CHARACTER)) {
        piece = PlainText.named(codePoint);
        columns = piece.length();
        mark = false;
      }
      marks = mark ? marks + 1 : 0;
      return append(pendingSpace ? " " + piece : piece, pendingSpace ? columns + 1 : columns);
    }

    private boolean append(String piece, int columns) {
      if (columns > width - used) {
        return false;
      }
      text.append(piece);
      used += columns;
      pendingSpace = false;
      if (used <= width - ellipsis.length()) {
        cutAt = text.length();
      }
      return true;
    }

    private String cut() {
      return text.substring(0, cutAt) + ellipsis;
    }
  }
}
