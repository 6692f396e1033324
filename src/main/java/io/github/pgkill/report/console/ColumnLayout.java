package io.github.pgkill.report.console;

import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.report.text.DisplayText;
import io.github.pgkill.report.text.SessionColumn;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/** Which columns of the session table fit side by side, and how wide each may be. */
final class ColumnLayout {

  private static final String GAP = "  ";

  private final Map<SessionColumn, Integer> widths;
  private final List<SessionColumn> dropped;

  private ColumnLayout(Map<SessionColumn, Integer> widths, List<SessionColumn> dropped) {
    this.widths = widths;
    this.dropped = dropped;
  }

  /** Fits the columns that have anything to show for these sessions into a width. */
  static ColumnLayout of(List<Session> sessions, int width) {
    Map<SessionColumn, Integer> wanted = wanted(sessions, width);
    Map<SessionColumn, Integer> kept = new EnumMap<>(wanted);
    Deque<SessionColumn> dropped = new ArrayDeque<>();
    for (SessionColumn column : SessionColumn.LEAST_IMPORTANT_FIRST) {
      if (free(kept, width) < 0 && kept.remove(column) != null) {
        dropped.push(column);
      }
    }
    dropped.removeIf(column -> takesBack(column, wanted, kept, width));
    return new ColumnLayout(spread(kept, free(kept, width)), List.copyOf(dropped));
  }

  /** A small column may fit where the wide one that went after it did not. */
  private static boolean takesBack(
      SessionColumn column,
      Map<SessionColumn, Integer> wanted,
      Map<SessionColumn, Integer> kept,
      int width) {
    kept.put(column, width(wanted, column));
    if (free(kept, width) >= 0) {
      return true;
    }
    kept.remove(column);
    return false;
  }

  /** Columns that the terminal has no room for, the most important first. */
  List<SessionColumn> dropped() {
    return dropped;
  }

  boolean shows(SessionColumn column) {
    return widths.containsKey(column);
  }

  String header() {
    return join((column, width) -> column.header());
  }

  String row(Session session) {
    return join((column, width) -> DisplayText.fit(column.shown(session), width).text());
  }

  /** Whether this session's text is longer than the column. */
  boolean cuts(SessionColumn column, Session session) {
    return shows(column) && DisplayText.fit(column.shown(session), width(widths, column)).cut();
  }

  private String join(BiFunction<SessionColumn, Integer, String> cell) {
    StringBuilder line = new StringBuilder();
    for (SessionColumn column : SessionColumn.OF_TABLE) {
      Integer width = widths.get(column);
      if (width != null) {
        line.append(line.length() == 0 ? "" : GAP)
            .append(DisplayText.pad(cell.apply(column, width), width, column.alignedRight()));
      }
    }
    return line.toString().stripTrailing();
  }

  /** The width that each column would take if there were room; without those that are empty. */
  private static Map<SessionColumn, Integer> wanted(List<Session> sessions, int width) {
    Map<SessionColumn, Integer> wanted = new EnumMap<>(SessionColumn.class);
    for (SessionColumn column : SessionColumn.OF_TABLE) {
      int most = Math.min(width, column.most());
      int widest = 0;
      boolean empty = true;
      for (Session session : sessions) {
        String cell = DisplayText.fit(column.shown(session), most).text();
        empty &= cell.equals(SessionColumn.NONE);
        widest = Math.max(widest, DisplayText.width(cell));
      }
      if (!empty) {
        wanted.put(column, Math.max(widest, column.header().length()));
      }
    }
    return wanted;
  }

  /** What is left of the width when every column has the least that it needs. */
  private static int free(Map<SessionColumn, Integer> wanted, int width) {
    int least = -GAP.length();
    for (Map.Entry<SessionColumn, Integer> entry : wanted.entrySet()) {
      least += GAP.length() + least(entry);
    }
    return width - least;
  }

  private static int least(Map.Entry<SessionColumn, Integer> entry) {
    return Math.min(entry.getKey().least(), entry.getValue());
  }

  /** Gives every column its least, and what is free in turns; the query takes what is left. */
  private static Map<SessionColumn, Integer> spread(Map<SessionColumn, Integer> wanted, int free) {
    Map<SessionColumn, Integer> widths = new EnumMap<>(SessionColumn.class);
    wanted.entrySet().forEach(entry -> widths.put(entry.getKey(), least(entry)));
    Set<SessionColumn> hungry = EnumSet.noneOf(SessionColumn.class);
    hungry.addAll(widths.keySet());
    hungry.remove(SessionColumn.QUERY);
    int left = free;
    while (left > 0 && !hungry.isEmpty()) {
      hungry.removeIf(column -> width(widths, column) >= width(wanted, column));
      for (SessionColumn column : hungry) {
        if (left > 0) {
          widths.merge(column, 1, Integer::sum);
          left--;
        }
      }
    }
    int query = left;
    widths.computeIfPresent(
        SessionColumn.QUERY, (column, width) -> Math.min(width(wanted, column), width + query));
    return widths;
  }

  private static int width(Map<SessionColumn, Integer> widths, SessionColumn column) {
    return widths.getOrDefault(column, 0);
  }
}
