package io.github.pgkill.model.text;

import java.util.regex.Pattern;

/**
 * What a stranger named, and a server or a file handed on, made safe for a line of a log: it cannot
 * start a new line, move the cursor, reorder what stands beside it, hide, or give orders to the
 * build server that reads the log.
 */
public final class PlainText {

  /** More marks than this on one character are an attack on the lines above, not a language. */
  public static final int MARKS_PER_CHARACTER = 3;

  /** Default_Ignorable_Code_Point beyond the format characters: letters and marks nobody sees. */
  private static final int[][] INVISIBLE = {
    {0x034F, 0x034F},
    {0x115F, 0x1160},
    {0x17B4, 0x17B5},
    {0x180B, 0x180F},
    {0x3164, 0x3164},
    {0xFE00, 0xFE0F},
    {0xFFA0, 0xFFA0},
    {0xE0000, 0xE0FFF},
  };

  /**
   * What Azure Pipelines ({@code ##vso[}), TeamCity and GitHub Actions ({@code ##[}, {@code ::})
   * take for commands; the first two of them wherever in a line they stand.
   */
  private static final Pattern COMMAND =
      Pattern.compile(
          "#(?=#(?:vso|teamcity)?\\[)"
              + "|:(?=:(?:add-(?:mask|path|matcher)|remove-matcher|set-(?:output|env)|save-state"
              + "|stop-commands|echo|debug|notice|warning|error|group|endgroup)\\b[^:]*::)");

  private PlainText() {}

  /**
   * The text as one line, spaces as they are: for what is laid out already. What cannot be seen is
   * made visible.
   */
  public static String line(String raw) {
    String stripped = raw.stripTrailing();
    StringBuilder line = new StringBuilder(stripped.length());
    int marks = 0;
    for (int at = 0; at < stripped.length(); ) {
      int codePoint = stripped.codePointAt(at);
      at += Character.charCount(codePoint);
      marks = mark(codePoint) ? marks + 1 : 0;
      if (codePoint == '\t' || (space(codePoint) && !treacherous(codePoint))) {
        line.append(' ');
      } else if (treacherous(codePoint) || marks > MARKS_PER_CHARACTER) {
        line.append(named(codePoint));
      } else {
        line.appendCodePoint(codePoint);
      }
    }
    return withoutCommands(line.toString());
  }

  /** Lines of a program's as one. */
  public static String joined(String lines) {
    return String.join(" | ", lines.strip().lines().map(String::strip).toList());
  }

  /** A line in which no build server finds a command. */
  public static String withoutCommands(String line) {
    return line.contains("##") || line.contains("::")
        ? COMMAND.matcher(line).replaceAll(match -> named(match.group().charAt(0)))
        : line;
  }

  /** {@code <U+000A>}. */
  public static String named(int codePoint) {
    return String.format("<U+%04X>", codePoint);
  }

  /** Characters that write themselves upon the one before. */
  public static boolean mark(int codePoint) {
    int type = Character.getType(codePoint);
    return type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK;
  }

  /** White space of every kind, the ends of lines too. */
  public static boolean space(int codePoint) {
    return Character.isWhitespace(codePoint)
        || Character.isSpaceChar(codePoint)
        || codePoint == 0x85;
  }

  /** What a terminal obeys, reorders by, or shows nothing of. */
  public static boolean treacherous(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.UNASSIGNED ->
          true;
      default -> within(INVISIBLE, codePoint);
    };
  }

  /** Whether one of the ranges, in ascending order, has it; plain ASCII costs one comparison. */
  public static boolean within(int[][] ranges, int codePoint) {
    if (codePoint < ranges[0][0]) {
      return false;
    }
    for (int[] range : ranges) {
      if (codePoint >= range[0] && codePoint <= range[1]) {
        return true;
      }
    }
    return false;
  }
}
