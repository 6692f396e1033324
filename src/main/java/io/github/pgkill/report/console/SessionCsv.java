package io.github.pgkill.report.console;

import io.github.pgkill.model.Session;
import io.github.pgkill.report.text.DisplayText;
import java.io.IOException;
import java.io.Writer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Sessions as CSV (RFC 4180) with a header, whose columns have the names of the JSON report. What
 * is absent is an empty field, an empty text is {@code ""}. Values are never changed: an
 * application name that begins with {@code =} stays one, so that whoever opens the file in a
 * spreadsheet must import such columns as text.
 */
public final class SessionCsv {

  private static final Map<String, Value> COLUMNS = columns();

  /** What a column has of a session; null where that is absent. */
  private interface Value {
    @Nullable Object of(Session session);
  }

  private final List<Session> sessions;

  public SessionCsv(List<Session> sessions) {
    this.sessions = List.copyOf(sessions);
  }

  /** Writes them as they are, lines ended by CR and LF as the RFC has it. */
  public void write(Writer out) throws IOException {
    out.write(header() + "\r\n");
    for (Session session : sessions) {
      out.write(record(session) + "\r\n");
    }
  }

  /**
   * The same for a log: one line per record, with white space collapsed and what a terminal would
   * obey made visible.
   */
  public List<String> lines() {
    List<String> lines = sessions.stream().map(SessionCsv::record).collect(Collectors.toList());
    lines.add(0, header());
    return lines.stream().map(DisplayText::clean).toList();
  }

  private static Map<String, Value> columns() {
    Map<String, Value> columns = new LinkedHashMap<>();
    columns.put("pid", Session::pid);
    columns.put("backendStart", Session::backendStart);
    columns.put("database", Session::database);
    columns.put("user", Session::user);
    columns.put("superuser", Session::superuser);
    columns.put("applicationName", Session::applicationName);
    columns.put("client", Session::client);
    columns.put("backendType", Session::backendType);
    columns.put("state", Session::state);
    columns.put("ageMillis", session -> millis(session.age()));
    columns.put("transactionAgeMillis", session -> millis(session.transactionAge()));
    columns.put("queryAgeMillis", session -> millis(session.queryAge()));
    columns.put("stateAgeMillis", session -> millis(session.stateAge()));
    columns.put("waitEvent", Session::waitEvent);
    columns.put("query", Session::query);
    columns.put("queryCut", Session::queryCut);
    columns.put("leaderPid", Session::leaderPid);
    columns.put("blockedBy", SessionCsv::blockers);
    columns.put("databaseOid", Session::databaseOid);
    return columns;
  }

  private static @Nullable Object blockers(Session session) {
    return session.blockedBy().isEmpty()
        ? null
        : session.blockedBy().stream().map(String::valueOf).collect(Collectors.joining(" "));
  }

  private static @Nullable Object millis(@Nullable Duration duration) {
    return duration == null ? null : duration.toMillis();
  }

  private static String header() {
    return String.join(",", COLUMNS.keySet());
  }

  private static String record(Session session) {
    return COLUMNS.values().stream()
        .map(column -> field(column.of(session)))
        .collect(Collectors.joining(","));
  }

  private static String field(@Nullable Object value) {
    if (value == null) {
      return "";
    }
    String text = value.toString();
    boolean plain =
        !text.isEmpty() && text.chars().noneMatch(c -> c < 0x20 || c == ',' || c == '"');
    return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
  }
}
