package io.github.pgkill.report.html;

import io.github.pgkill.model.sessions.ListedSession;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.report.text.SessionColumn;
import io.github.pgkill.report.text.Wording;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sessions as tables of a page. The first ones are there at once, the others behind a click in
 * portions, so that a browser lays out no more than somebody wants to see.
 */
final class HtmlSessions {

  private static final int AT_ONCE = 50;
  private static final int PORTION = 250;
  private static final int PREVIEW = 140;

  private final HtmlWriter html;

  HtmlSessions(HtmlWriter html) {
    this.html = html;
  }

  /** The sessions that matched, those that need attention first. */
  void results(List<SessionResult> results) throws IOException {
    List<SessionResult> order = new ArrayList<>(results);
    order.sort((a, b) -> Boolean.compare(a.outcome().ended(), b.outcome().ended()));
    List<Row> rows = new ArrayList<>();
    order.forEach(result -> rows.add(new Row(result.session(), result, null)));
    table("Every session that matched, and how it ended", "outcome", rows);
  }

  /** Sessions that nobody signalled, with what would have come of that. */
  void listed(List<ListedSession> sessions) throws IOException {
    List<Row> rows =
        sessions.stream().map(one -> new Row(one.session(), null, one.foreseen())).toList();
    table("Sessions at that moment", "waits", rows);
  }

  /** Sessions of which that is not known. */
  void sessions(String caption, List<Session> sessions) throws IOException {
    List<Row> rows = new ArrayList<>();
    sessions.forEach(session -> rows.add(new Row(session, null, null)));
    table(caption, "waits", rows);
  }

  /** A session and what became of it, or would have become. */
  private record Row(Session session, @Nullable SessionResult result, @Nullable Outcome foreseen) {}

  private void table(String caption, String third, List<Row> rows) throws IOException {
    int first = rows.size() <= AT_ONCE + 10 ? rows.size() : AT_ONCE;
    portion(caption, third, rows.subList(0, first));
    for (int from = first; from < rows.size(); from += PORTION) {
      int to = Math.min(rows.size(), from + PORTION);
      html.open("details", "class", "portion");
      html.element(
          "summary",
          "sessions "
              + HtmlText.grouped(from + 1)
              + " to "
              + HtmlText.grouped(to)
              + " of "
              + HtmlText.grouped(rows.size()));
      portion(caption + ", " + (from + 1) + " to " + to, third, rows.subList(from, to));
      html.end();
    }
  }

  private void portion(String caption, String third, List<Row> rows) throws IOException {
    html.open("table", "class", "sessions");
    html.element("caption", caption);
    html.open("thead").open("tr");
    for (String header : List.of("pid", "who", "state", third, "query")) {
      html.element("th", header, "scope", "col");
    }
    html.close().close().open("tbody");
    for (Row row : rows) {
      row(row);
    }
    html.close().end();
  }

  private void row(Row row) throws IOException {
    Session session = row.session;
    html.open("tr");
    html.open("th", "scope", "row").text(Integer.toString(session.pid()));
    small(session.node().amongOthers() ? "at " + session.node() : "");
    html.close();
    who(session);
    html.open("td").foreign(SessionColumn.STATE.shown(session));
    small(since(session));
    html.close().open("td");
    SessionResult result = row.result;
    if (result == null) {
      html.foreign(session.waitEvent() == null ? SessionColumn.NONE : session.waitEvent());
      small(blockers(session));
      if (row.foreseen != null) {
        html.open("small").text("would be ").element("strong", row.foreseen.word()).text(": ");
        html.foreign(Wording.detail(row.foreseen)).close();
      }
    } else {
      outcome(result);
      small(waits(session));
    }
    html.close().open("td", "class", "query");
    query(session);
    html.close().end();
  }

  private void who(Session session) throws IOException {
    html.open("td").foreign(session.user() == null ? SessionColumn.HIDDEN : session.user());
    if (session.superuser()) {
      html.text(" ").element("span", "superuser", "class", "tag");
    }
    html.open("small");
    if (!session.applicationName().isBlank()) {
      html.foreign(HtmlText.head(session.applicationName(), 120)).text(" ");
    }
    if (session.client() != null) {
      html.text("from ").foreign(session.client());
    }
    html.close().close();
  }

  private static String since(Session session) {
    List<String> parts = new ArrayList<>();
    age(parts, "for ", session.stateAge());
    age(parts, "transaction ", session.transactionAge());
    age(parts, "session ", session.age());
    return String.join(", ", parts);
  }

  private static void age(List<String> parts, String what, @Nullable Duration age) {
    if (age != null) {
      parts.add(what + Wording.time(age));
    }
  }

  /** Waiting for a client to say something is what idle sessions do. */
  private static String waits(Session session) {
    String by = blockers(session);
    String event = session.waitEvent();
    if (event == null || event.startsWith("Client:")) {
      return by;
    }
    return "waited for " + event + (by.isEmpty() ? "" : ", " + by);
  }

  private static String blockers(Session session) {
    return session.blockedBy().isEmpty()
        ? ""
        : "blocked by " + SessionColumn.BLOCKED_BY.shown(session);
  }

  private void outcome(SessionResult result) throws IOException {
    Outcome outcome = result.outcome();
    String kind = outcome.ended() ? "ok" : outcome instanceof Outcome.Excluded ? "info" : "bad";
    html.element("span", outcome.word(), "class", "outcome " + kind);
    if (result.newcomer()) {
      html.text(" ").element("span", "newcomer", "class", "tag");
    }
    if (result.holdsLocks()) {
      html.text(" ").element("span", "holds locks", "class", "tag warn");
    }
    small(Wording.detail(outcome));
    if (outcome instanceof Outcome.Refused refused && refused.remedy() != null) {
      html.open("small").open("code").foreign(refused.remedy()).close().close();
    }
  }

  private void small(String text) throws IOException {
    if (!text.isEmpty()) {
      html.open("small").foreign(text).close();
    }
  }

  private void query(Session session) throws IOException {
    String query = session.query();
    if (query == null || query.isBlank()) {
      html.text(query == null && !session.visible() ? "hidden from this role" : SessionColumn.NONE);
      return;
    }
    String head = HtmlText.head(query, PREVIEW);
    if (head.length() == query.length() && query.indexOf('\n') < 0) {
      html.open("code").foreign(query).close();
    } else {
      html.open("details").open("summary").open("code").foreign(oneLine(head));
      html.close().text(head.length() < query.length() ? " \u2026" : "").close();
      html.open("pre").foreign(query).close().close();
    }
    if (session.queryCut()) {
      html.element("small", "cut by the server (track_activity_query_size)");
    }
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\s+", " ").trim();
  }
}
