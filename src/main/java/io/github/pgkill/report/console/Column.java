package io.github.pgkill.report.console;

import io.github.pgkill.model.Session;
import io.github.pgkill.report.text.Wording;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The columns of the session table in their order, and what each shows of a session. */
public enum Column {
  PID("pid", 10, 10),
  ROLE("role", 8, 24),
  APPLICATION("application", 11, 30),
  CLIENT("client", 15, 47),
  STATE("state", 19, 29),
  AGE("age", 8, 8),
  XACT("xact", 8, 8),
  SINCE("since", 8, 8),
  WAIT("wait", 12, 28),
  BLOCKED_BY("blocked by", 10, 20),
  QUERY("query", 24, Integer.MAX_VALUE);

  /** What narrow terminals do without, the first to go first; the pid always stays. */
  static final List<Column> LEAST_IMPORTANT_FIRST =
      List.of(CLIENT, SINCE, WAIT, AGE, BLOCKED_BY, XACT, APPLICATION, QUERY, STATE, ROLE);

  /** Stands for what the server hides from our role. */
  public static final String HIDDEN = "?";

  /** Stands for what a session does not have. */
  public static final String NONE = "-";

  private static final int BLOCKERS_NAMED = 2;

  private final String header;
  private final int least;
  private final int most;

  Column(String header, int least, int most) {
    this.header = header;
    this.least = least;
    this.most = most;
  }

  String header() {
    return header;
  }

  /** Columns of the terminal below which it says nothing. */
  int least() {
    return least;
  }

  /** Columns of the terminal beyond which it would crowd out the others. */
  int most() {
    return most;
  }

  boolean alignedRight() {
    return this == PID || this == AGE || this == XACT || this == SINCE;
  }

  /** The cell's text as the server has it, not yet safe to print. */
  public String of(Session session) {
    return switch (this) {
      case PID -> Integer.toString(session.pid());
      case ROLE -> session.user() == null ? NONE : session.user();
      case APPLICATION -> session.applicationName().isBlank() ? NONE : session.applicationName();
      case CLIENT -> orHidden(session, session.client());
      case STATE -> orHidden(session, state(session));
      case AGE -> age(session, session.age());
      case XACT -> age(session, session.transactionAge());
      case SINCE -> age(session, session.stateAge());
      case WAIT -> orHidden(session, session.waitEvent());
      case BLOCKED_BY -> blockers(session.blockedBy());
      case QUERY -> orHidden(session, session.query());
    };
  }

  private static String orHidden(Session session, @Nullable String value) {
    if (value != null && !value.isBlank()) {
      return value;
    }
    return session.visible() ? NONE : HIDDEN;
  }

  private static String age(Session session, @Nullable Duration age) {
    return orHidden(session, age == null ? null : Wording.time(age));
  }

  /** What is not a client's session says so, since the state alone would not tell. */
  private static @Nullable String state(Session session) {
    String type = session.backendType();
    if (type == null || type.equals("client backend")) {
      return session.state();
    }
    return session.state() == null ? "(" + type + ")" : session.state() + " (" + type + ")";
  }

  private static String blockers(List<Integer> pids) {
    if (pids.isEmpty()) {
      return NONE;
    }
    String first =
        pids.stream()
            .distinct()
            .limit(BLOCKERS_NAMED)
            .map(pid -> pid == 0 ? "prepared" : pid.toString())
            .collect(Collectors.joining(","));
    long more = pids.stream().distinct().count() - BLOCKERS_NAMED;
    return more > 0 ? first + " +" + more : first;
  }
}
