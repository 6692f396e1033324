package io.github.pgkill.job.words;

import io.github.pgkill.model.Blocker;
import io.github.pgkill.model.ConnectionSettings;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.Durations;
import io.github.pgkill.model.LockoutReport;
import io.github.pgkill.model.ServerInfo;
import io.github.pgkill.model.Session;
import io.github.pgkill.model.SessionFilter;
import io.github.pgkill.postgres.lockout.Reopened;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Small pieces of sentences. */
public final class Words {

  private static final int NAMED = 5;

  private Words() {}

  /** {@code 1 session}, {@code 3 sessions}. */
  public static String count(int number, String noun) {
    return count(number, noun, noun + "s");
  }

  public static String count(int number, String one, String many) {
    return number + " " + (number == 1 ? one : many);
  }

  /** The first few sessions by pid and role. */
  public static String sessions(List<Session> sessions) {
    String named =
        sessions.stream()
            .limit(NAMED)
            .map(session -> "pid " + session.pid() + " of " + session.user())
            .collect(Collectors.joining(", "));
    int more = sessions.size() - NAMED;
    return more > 0 ? named + " and " + more + " more" : named;
  }

  /** What came of opening a database, as a fact. */
  public static LockoutReport.Opening opening(Reopened reopened) {
    return reopened.wasClosed() ? LockoutReport.Opening.OPENED : LockoutReport.Opening.NOT_NEEDED;
  }

  /** The same in words. */
  public static String reopened(DatabaseInfo database, Reopened reopened) {
    String what =
        reopened.wasClosed()
            ? " is open again"
            : " needed no opening: somebody opened or dropped it";
    List<String> sentences = new ArrayList<>(List.of("database " + database.name() + what));
    sentences.addAll(reopened.kept());
    return String.join("; ", sentences);
  }

  /** The same for sessions of any database. */
  public static String sessionsAnywhere(List<Session> sessions) {
    String named =
        sessions.stream()
            .limit(NAMED)
            .map(
                session ->
                    "pid "
                        + session.pid()
                        + " of "
                        + session.user()
                        + (session.database() == null ? "" : " in database " + session.database())
                        + (session.applicationName().isEmpty()
                            ? ""
                            : " [" + session.applicationName() + "]"))
            .collect(Collectors.joining(", "));
    int more = sessions.size() - NAMED;
    return more > 0 ? named + " and " + more + " more" : named;
  }

  /** So many of a kind of blocker: {@code 2 prepared transactions}. */
  public static String count(int number, Blocker.Kind kind) {
    return switch (kind) {
      case STOPPED_PROCESS -> count(number, "stopped process", "stopped processes");
      case PRIVILEGE -> count(number, "missing privilege");
      case CLOSED -> count(number, "closed database");
      case TEMPLATE -> count(number, "template mark");
      case LOGIN -> count(number, "login that hangs", "logins that hang");
      case AUTOVACUUM -> count(number, "vacuum that prevents wraparound", "vacuums");
      case PROTECTION -> count(number, "protection");
      default -> count(number, kind.name().toLowerCase(Locale.ROOT).replace('_', ' '));
    };
  }

  /** One session as one line: who, from where, what it does since when, for whom it waits. */
  public static String session(Session session) {
    String type = session.backendType();
    StringBuilder text = new StringBuilder();
    if (type != null && !type.equals(SessionFilter.CLIENT_BACKEND)) {
      text.append(type).append(' ');
    }
    text.append("pid ").append(session.pid());
    if (session.user() != null) {
      text.append(' ').append(session.user());
    }
    if (!session.applicationName().isBlank()) {
      text.append('/').append(session.applicationName());
    }
    if (session.client() != null) {
      text.append(" from ").append(session.client());
    }
    return text.append(doing(session)).toString();
  }

  private static String doing(Session session) {
    if (!session.visible()) {
      return ", details hidden from this role";
    }
    String doing = session.state() == null ? "" : ", " + session.state();
    if (!doing.isEmpty() && session.stateAge() != null) {
      doing += " for " + Durations.format(session.stateAge());
    }
    if (session.blockedBy().isEmpty()) {
      return doing;
    }
    return doing
        + ", waits for "
        + session.blockedBy().stream()
            .map(pid -> pid == 0 ? "a prepared transaction" : "pid " + pid)
            .distinct()
            .collect(Collectors.joining(", "));
  }

  /** Whom we talk to, where that came from, and as whom. */
  public static String connected(ConnectionSettings settings, ServerInfo server) {
    Map<String, List<String>> bySource = new LinkedHashMap<>();
    settings
        .origins()
        .forEach(
            (value, source) -> bySource.computeIfAbsent(source, s -> new ArrayList<>()).add(value));
    bySource.remove("none");
    String origins =
        bySource.entrySet().stream()
            .map(source -> String.join(", ", source.getValue()) + " from " + source.getKey())
            .collect(Collectors.joining("; "));
    return "PostgreSQL "
        + server.version()
        + " at "
        + settings.server()
        + ", database "
        + settings.database()
        + ", as "
        + server.role()
        + " by way of database "
        + server.connectedTo()
        + (origins.isEmpty() ? "" : " (" + origins + ")");
  }
}
