package io.github.pgkill.report.text;

import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionFilter;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All that reports tell of a session, in the order of a CSV record: the JSON report and CSV have
 * every one, the table of the console those with a header.
 */
public enum SessionColumn {
  PID("pid", Session::pid, "pid", 10, 10),
  BACKEND_START("backendStart", Session::backendStart),
  DATABASE("database", Session::database),
  USER("user", Session::user, "role", 8, 24),
  SUPERUSER("superuser", Session::superuser),
  APPLICATION("applicationName", Session::applicationName, "application", 11, 30),
  CLIENT("client", Session::client, "client", 15, 47),
  BACKEND_TYPE("backendType", Session::backendType),
  STATE("state", Session::state, "state", 19, 29),
  AGE("ageMillis", Session::age, "age", 8, 8),
  TRANSACTION_AGE("transactionAgeMillis", Session::transactionAge, "xact", 8, 8),
  QUERY_AGE("queryAgeMillis", Session::queryAge),
  STATE_AGE("stateAgeMillis", Session::stateAge, "since", 8, 8),
  WAIT("waitEvent", Session::waitEvent, "wait", 12, 28),
  QUERY("query", Session::query, "query", 24, Integer.MAX_VALUE),
  QUERY_CUT("queryCut", Session::queryCut),
  LEADER_PID("leaderPid", Session::leaderPid),
  BLOCKED_BY("blockedBy", Session::blockedBy, "blocked by", 10, 20),
  DATABASE_OID("databaseOid", Session::databaseOid),
  USER_OID("userOid", Session::userOid),
  NODE("node", session -> session.node().toString(), "node", 24, 47);

  /** The columns of the table, from left to right; the node only where there are several. */
  public static final List<SessionColumn> OF_TABLE =
      List.of(
          PID,
          NODE,
          USER,
          APPLICATION,
          CLIENT,
          STATE,
          AGE,
          TRANSACTION_AGE,
          STATE_AGE,
          WAIT,
          BLOCKED_BY,
          QUERY);

  /** What narrow terminals do without, the first to go first; the pid always stays. */
  public static final List<SessionColumn> LEAST_IMPORTANT_FIRST =
      List.of(
          CLIENT,
          STATE_AGE,
          WAIT,
          AGE,
          BLOCKED_BY,
          TRANSACTION_AGE,
          APPLICATION,
          QUERY,
          STATE,
          USER,
          NODE);

  /** Stands for what the server hides from our role. */
  public static final String HIDDEN = "?";

  /** Stands for what a session does not have. */
  public static final String NONE = "-";

  private static final int BLOCKERS_NAMED = 2;

  private interface Value {
    @Nullable Object of(Session session);
  }

  private final String property;
  private final Value value;
  private final String header;
  private final int least;
  private final int most;

  SessionColumn(String property, Value value) {
    this(property, value, "", 0, 0);
  }

  SessionColumn(String property, Value value, String header, int least, int most) {
    this.property = property;
    this.value = value;
    this.header = header;
    this.least = least;
    this.most = most;
  }

  /** Its name in JSON and CSV. */
  public String property() {
    return property;
  }

  /** A text, number, boolean, {@link Duration} or list of pids; null where it is absent. */
  public @Nullable Object value(Session session) {
    return value.of(session);
  }

  /** Its name in the table. */
  public String header() {
    return header;
  }

  /** Columns of the terminal below which it says nothing. */
  public int least() {
    return least;
  }

  /** Columns of the terminal beyond which it would crowd out the others. */
  public int most() {
    return most;
  }

  public boolean alignedRight() {
    return this == PID || property.endsWith("Millis");
  }

  /** What people see of it, not yet safe to print. */
  public String shown(Session session) {
    if (this == BLOCKED_BY) {
      return blockers(session.blockedBy());
    }
    if (this == NODE && !session.node().amongOthers()) {
      return NONE;
    }
    Object raw = this == STATE ? state(session) : value(session);
    String text = raw instanceof Duration age ? Wording.time(age) : raw == null ? "" : "" + raw;
    if (!text.isBlank()) {
      return text;
    }
    // role and application are shown to everybody
    return session.visible() || this == USER || this == APPLICATION ? NONE : HIDDEN;
  }

  /** What is not a client's session says so, since the state alone would not tell. */
  private static @Nullable String state(Session session) {
    String type = session.backendType();
    if (type == null || type.equals(SessionFilter.CLIENT_BACKEND)) {
      return session.state();
    }
    return session.state() == null ? "(" + type + ")" : session.state() + " (" + type + ")";
  }

  private static String blockers(List<Integer> pids) {
    List<Integer> each = pids.stream().distinct().toList();
    if (each.isEmpty()) {
      return NONE;
    }
    String first =
        each.stream()
            .limit(BLOCKERS_NAMED)
            .map(pid -> pid == 0 ? "prepared" : pid.toString())
            .collect(Collectors.joining(","));
    int more = each.size() - BLOCKERS_NAMED;
    return more > 0 ? first + " +" + more : first;
  }
}
