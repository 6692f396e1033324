package io.github.pgkill.report.text;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.server.ServerInfo;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.sessions.SessionName;
import io.github.pgkill.model.value.Durations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Facts turned into English, for console, page, JSON and errors alike. */
public final class Wording {

  /** Narrower lines than this cannot say anything; they are laid out as if they were so wide. */
  public static final int NARROWEST = 20;

  /** Columns for a role or an application in running text. */
  private static final int NAME_WIDTH = 24;

  private static final int SESSIONS_NAMED = 5;

  private Wording() {}

  /** {@code 1 session}, {@code 3 sessions}, {@code 2 processes}. */
  public static String count(int number, String noun) {
    return number + " " + agree(number, noun, noun + (noun.endsWith("s") ? "es" : "s"));
  }

  /** A noun with a verb that agrees: {@code 1 session waits}, {@code 3 sessions wait}. */
  public static String count(int number, String noun, String singular, String plural) {
    return count(number, noun) + " " + agree(number, singular, plural);
  }

  /** So many of a kind of blocker: {@code 2 prepared transactions}. */
  public static String count(int number, Blocker.Kind kind) {
    return count(number, words(kind));
  }

  /** What agrees with a number. */
  public static String agree(int number, String singular, String plural) {
    return number == 1 ? singular : plural;
  }

  /**
   * {@code pid 4711 of app/psql}, each name cut so that a long one leaves room for others, and the
   * node where several are looked at.
   */
  public static String who(Session session) {
    String role = session.user() == null ? session.backendType() : session.user();
    return SessionName.of(
            session.pid(), name(role == null ? "?" : role), name(session.applicationName()))
        + session.node().suffix();
  }

  /** The same where databases are mixed. */
  public static String whoAndWhere(Session session) {
    return who(session)
        + (session.database() == null ? "" : " in database " + name(session.database()));
  }

  /** The first few of many. */
  public static String sessions(List<Session> sessions) {
    return firstOf(sessions.stream().map(Wording::who).toList(), SESSIONS_NAMED);
  }

  /** The first few of many, of any database. */
  public static String sessionsAnywhere(List<Session> sessions) {
    return firstOf(sessions.stream().map(Wording::whoAndWhere).toList(), SESSIONS_NAMED);
  }

  /** One session as one line: who, from where, what it does since when, for whom it waits. */
  public static String session(Session session) {
    String type = session.backendType();
    boolean client =
        type == null || type.equals(SessionFilter.CLIENT_BACKEND) || session.user() == null;
    return (client ? "" : type + " ")
        + who(session)
        + (session.client() == null ? "" : " from " + session.client())
        + doing(session);
  }

  private static String doing(Session session) {
    if (!session.visible()) {
      return ", details hidden from this role";
    }
    String doing = session.state() == null ? "" : ", " + session.state();
    if (!doing.isEmpty() && session.stateAge() != null) {
      doing += " for " + time(session.stateAge());
    }
    return session.blockedBy().isEmpty()
        ? doing
        : doing
            + ", waits for "
            + session.blockedBy().stream()
                .map(pid -> pid == 0 ? "a prepared transaction" : "pid " + pid)
                .distinct()
                .collect(Collectors.joining(", "));
  }

  /** What there is to say of an outcome besides its word. */
  public static String detail(Outcome outcome) {
    if (outcome instanceof Outcome.Gone gone) {
      return "after " + time(gone.after());
    }
    if (outcome instanceof Outcome.Survived survived) {
      // a newcomer out of reach was sent none
      return survived.after().isZero()
          ? "still there, out of this role's reach"
          : "still there " + time(survived.after()) + " after the signal";
    }
    if (outcome instanceof Outcome.Refused refused) {
      return refused.reason();
    }
    return outcome instanceof Outcome.Excluded excluded
        ? excluded.rule().words()
        : "ended by itself";
  }

  /** A name as it may stand in a line. */
  public static String name(String raw) {
    return DisplayText.fit(raw, NAME_WIDTH).text();
  }

  /** The first few of many: {@code a, b, c and 4 more}. */
  public static String firstOf(List<String> names, int limit) {
    String first = names.stream().limit(limit).collect(Collectors.joining(", "));
    return names.size() <= limit ? first : first + " and " + (names.size() - limit) + " more";
  }

  /** A kind of blocker, as {@code prepared transaction}. */
  public static String words(Blocker.Kind kind) {
    return switch (kind) {
      case PRIVILEGE -> "missing privilege";
      case CLOSED -> "closed database";
      case TEMPLATE -> "template mark";
      case LOGIN -> "hanging login";
      default -> kind.code().replace('-', ' ');
    };
  }

  /** A length of time; clocks that were set back never show as a negative one. */
  public static String time(Duration duration) {
    return Durations.format(duration.isNegative() ? Duration.ZERO : duration);
  }

  /** What failed and what mends it, in one line. */
  public static String failure(PgkillException e) {
    return e.getMessage() + e.remedy().map(remedy -> ". " + remedy).orElse("");
  }

  /** There is no such database, so that there is nothing to do: a success. */
  public static String noDatabase(String name, String deed) {
    return "there is no database " + name + " to " + deed;
  }

  /**
   * Standbys whose sessions nobody looked at; empty where none is known.
   *
   * @param nodes those that were looked at
   */
  public static String unseenStandbys(List<ServerInfo> nodes) {
    // all but one follow another one of them
    int standbys = 1 - nodes.size();
    int slots = 0;
    for (ServerInfo node : nodes) {
      standbys += node.standbys();
      slots += node.inactiveSlots();
    }
    List<String> known = new ArrayList<>();
    if (standbys > 0) {
      known.add(
          count(standbys, nodes.size() == 1 ? "standby" : "more standby", "follows", "follow")
              + (nodes.size() == 1 ? " this server" : " these nodes"));
    }
    if (slots > 0) {
      known.add(count(slots, "unused replication slot", "is", "are") + " a standby's perhaps");
    }
    return known.isEmpty()
        ? ""
        : String.join(" and ", known)
            + ": sessions there were not looked at (-Dpgkill.nodes=host:port,... names nodes whose"
            + " sessions count)";
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
