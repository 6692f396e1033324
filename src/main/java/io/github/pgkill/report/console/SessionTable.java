package io.github.pgkill.report.console;

import io.github.pgkill.model.server.ServerInfo;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.report.text.DisplayText;
import io.github.pgkill.report.text.SessionColumn;
import io.github.pgkill.report.text.Wording;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Sessions as lines of a table that never exceed a width, with what was cut said below. */
public final class SessionTable {

  private final int width;
  private final int limit;
  private final String howToSeeAll;

  private SessionTable(int width, int limit, String howToSeeAll) {
    this.width = Math.max(Wording.NARROWEST, width);
    this.limit = Math.max(0, limit);
    this.howToSeeAll = howToSeeAll;
  }

  /**
   * The table of {@code list-sessions}, whose parameter {@code limit} shows more.
   *
   * @param width columns that no line exceeds; less than 20 counts as 20
   * @param limit rows at most
   */
  public static SessionTable listing(int width, int limit) {
    return new SessionTable(width, limit, "-Dpgkill.limit=%d shows them all");
  }

  /**
   * A table on the way of another goal, which has no parameter for more rows.
   *
   * @param width columns that no line exceeds; less than 20 counts as 20
   * @param limit rows at most
   */
  public static SessionTable excerpt(int width, int limit) {
    return new SessionTable(width, limit, "the JSON report has them all");
  }

  /**
   * Renders the sessions in the order given; no lines when there are none.
   *
   * @param server names the role that may not see everything, and the server's limit on texts; null
   *     where there is no connection to one, and the titles of its processes say who is there
   */
  public List<String> lines(List<Session> sessions, @Nullable ServerInfo server) {
    if (sessions.isEmpty()) {
      return List.of();
    }
    List<Session> shown = sessions.subList(0, Math.min(limit, sessions.size()));
    List<String> lines = new ArrayList<>();
    ColumnLayout layout = ColumnLayout.of(shown, width);
    if (!shown.isEmpty()) {
      lines.add(layout.header());
      shown.forEach(session -> lines.add(layout.row(session)));
    }
    for (String note : notes(sessions, shown, layout, server)) {
      lines.addAll(DisplayText.wrap("", note, width, "    "));
    }
    return lines;
  }

  private List<String> notes(
      List<Session> sessions,
      List<Session> shown,
      ColumnLayout layout,
      @Nullable ServerInfo server) {
    List<String> notes = new ArrayList<>();
    int more = sessions.size() - shown.size();
    if (more > 0) {
      String how = String.format(howToSeeAll, sessions.size());
      notes.add("... and " + more + " more, of " + sessions.size() + ": " + how);
    }
    if (!layout.dropped().isEmpty()) {
      notes.add(
          layout.dropped().stream()
              .map(SessionColumn::header)
              .collect(
                  Collectors.joining(
                      ", ",
                      "no room at width " + width + " for the columns: ",
                      "; the JSON report has them")));
    }
    addCutTexts(notes, shown, layout, server);
    if (shown.stream().anyMatch(session -> !session.visible())) {
      notes.add(
          server == null
              ? "? is what the title of a process does not say"
              : "? is hidden from role "
                  + server.role()
                  + ": GRANT pg_read_all_stats TO "
                  + quoted(server.role()));
    }
    return notes;
  }

  private static void addCutTexts(
      List<String> notes, List<Session> shown, ColumnLayout layout, @Nullable ServerInfo server) {
    int cut = (int) shown.stream().filter(s -> layout.cuts(SessionColumn.QUERY, s)).count();
    if (cut > 0) {
      notes.add(Wording.count(cut, "query text") + " cut to the width; the JSON report has more");
    }
    int byServer = (int) shown.stream().filter(Session::queryCut).count();
    if (server != null && byServer > 0 && layout.shows(SessionColumn.QUERY)) {
      notes.add(
          Wording.count(byServer, "query text")
              + " cut by the server at "
              + server.querySize()
              + " bytes (track_activity_query_size)");
    }
  }

  /** Always quoted: right for every name, reserved words included. */
  private static String quoted(String role) {
    return '"' + role.replace("\"", "\"\"") + '"';
  }
}
