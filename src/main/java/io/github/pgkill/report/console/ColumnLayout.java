package io.github.pgkill.report.console;

import io.github.pgkill.model.Session;
import io.github.pgkill.report.text.DisplayText;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which columns of the session table fit side by side, and how wide each may be. */
final class ColumnLayout {

  private static final String GAP = "  ";

  private final Map<Column, Integer> widths;
  private final List<Column> dropped;

  private ColumnLayout(Map<Column, Integer> widths, List<Column> dropped) {
    this.widths = widths;
    this.dropped = dropped;
  }

  /** Fits the columns that have anything to show for these sessions into a width. */
  static ColumnLayout of(List<Session> sessions, int width) {
    Map<Column, Integer> wanted = wanted(sessions, width);
    Map<Column, Integer> kept = new EnumMap<>(wanted);
    Deque<Column> dropped = new ArrayDeque<>();
    for (Column column : Column.LEAST_IMPORTANT_FIRST) {
      if (free(kept, width) < 0 && kept.remove(column) != null) {
        dropped.push(column);
      }
    }
    dropped.removeIf(column -> takesBack(column, wanted, kept, width));
    return new ColumnLayout(spread(kept, free(kept, width)), List.copyOf(dropped));
  }

  /** A small column may fit where the wide one that went after it did not. */
  private static boolean takesBack(
      Column column, Map<Column, Integer> wanted, Map<Column, Integer> kept, int width) {
    kept.put(column, width(wanted, column));
    if (free(kept, width) >= 0) {
      return true;
    }
    kept.remove(column);
    return false;
  }

  /** Columns that the terminal has no room for, the most important first. */
  List<Column> dropped() {
    return dropped;
  }

  boolean shows(Column column) {
    return widths.containsKey(column);
  }

  String header() {
    Map<Column, String> cells = new EnumMap<>(Column.class);
    widths.keySet().forEach(column -> cells.put(column, column.header()));
    return join(cells);
  }

  String row(Session session) {
    Map<Column, String> cells = new EnumMap<>(Column.class);
    widths.forEach(
        (column, width) -> cells.put(column, DisplayText.fit(column.of(session), width).text()));
    return join(cells);
  }

  /** Whether this session's text is longer than the column. */
  boolean cuts(Column column, Session session) {
    return shows(column) && DisplayText.fit(column.of(session), width(widths, column)).cut();
  }

  private String join(Map<Column, String> cells) {
    StringBuilder line = new StringBuilder();
    cells.forEach(
        (column, cell) ->
            line.append(line.length() == 0 ? "" : GAP)
                .append(DisplayText.pad(cell, width(widths, column), column.alignedRight())));
    return line.toString().stripTrailing();
  }

  /** The width that each column would take if there were room; without those that are empty. */
  private static Map<Column, Integer> wanted(List<Session> sessions, int width) {
    Map<Column, Integer> wanted = new EnumMap<>(Column.class);
    for (Column column : Column.values()) {
      int most = Math.min(width, column.most());
      int widest = 0;
      boolean empty = true;
      for (Session session : sessions) {
        String cell = DisplayText.fit(column.of(session), most).text();
        empty &= cell.equals(Column.NONE);
        widest = Math.max(widest, DisplayText.width(cell));
      }
      if (!empty) {
        wanted.put(column, Math.max(widest, column.header().length()));
      }
    }
    return wanted;
  }

  /** What is left of the width when every column has the least that it needs. */
  private static int free(Map<Column, Integer> wanted, int width) {
    int least = -GAP.length();
    for (Map.Entry<Column, Integer> entry : wanted.entrySet()) {
      least += GAP.length() + least(entry);
    }
    return width - least;
  }

  private static int least(Map.Entry<Column, Integer> entry) {
    return Math.min(entry.getKey().least(), entry.getValue());
  }

  /** Gives every column its least, and what is free in turns; the query takes what is left. */
  private static Map<Column, Integer> spread(Map<Column, Integer> wanted, int free) {
    Map<Column, Integer> widths = new EnumMap<>(Column.class);
    wanted.entrySet().forEach(entry -> widths.put(entry.getKey(), least(entry)));
    Set<Column> hungry = EnumSet.noneOf(Column.class);
    hungry.addAll(widths.keySet());
    hungry.remove(Column.QUERY);
    int left = free;
    while (left > 0 && !hungry.isEmpty()) {
      hungry.removeIf(column -> width(widths, column) >= width(wanted, column));
      for (Column column : hungry) {
        if (left > 0) {
          widths.merge(column, 1, Integer::sum);
          left--;
        }
      }
    }
    int query = left;
    widths.computeIfPresent(
        Column.QUERY, (column, width) -> Math.min(width(wanted, column), width + query));
    return widths;
  }

  private static int width(Map<Column, Integer> widths, Column column) {
    return widths.getOrDefault(column, 0);
  }
}
