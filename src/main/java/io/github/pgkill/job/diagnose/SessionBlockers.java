package io.github.pgkill.job.diagnose;

import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.job.words.Words;
import io.github.pgkill.model.Blocker;
import io.github.pgkill.model.Blocker.Kind;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.Intent;
import io.github.pgkill.model.Session;
import io.github.pgkill.model.SessionFilter;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.diagnose.HeldLocks;
import io.github.pgkill.postgres.diagnose.Preflight;
import io.github.pgkill.postgres.sessions.Candidate;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.postgres.sessions.SignalResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The processes that are connected to a database, and who else has that locked. */
final class SessionBlockers {

  private static final String WRAPAROUND = "(to prevent wraparound)";
  private static final String AUTOVACUUM = "autovacuum worker";
  private static final String WALSENDER = "walsender";

  private final Server server;
  private final DatabaseInfo database;
  private final Intent intent;
  private final Preflight preflight;
  private final LocksFound locks;
  private final SessionFilter filter;
  private final Map<Integer, Candidate> matching = new HashMap<>();
  private final List<Session> seen = new ArrayList<>();

  SessionBlockers(
      Server server, DatabaseInfo database, Intent intent, SessionFilter filter, LocksFound locks) {
    this.server = server;
    this.database = database;
    this.intent = intent;
    this.preflight = new Preflight(server, database);
    this.filter = filter;
    this.locks = locks;
  }

  /** Those connected to it, then those elsewhere that have it locked. */
  List<Blocker> find() {
    for (Candidate candidate : selected()) {
      matching.put(candidate.session().pid(), candidate);
    }
    List<Blocker> found = new ArrayList<>();
    for (Candidate process : Selection.of(preflight.processes()).candidates()) {
      Session session = process.session();
      seen.add(session);
      if (!AUTOVACUUM.equals(session.backendType()) || preventsWraparound(session)) {
        found.add(blocker(process));
      }
    }
    Set<Integer> elsewhere = new TreeSet<>(locks.processes().keySet());
    seen.forEach(session -> elsewhere.remove(session.pid()));
    elsewhere.forEach(pid -> preflight.session(pid).map(this::elsewhere).ifPresent(found::add));
    return found;
  }

  /** Every process that was connected to it. */
  List<Session> seen() {
    return seen;
  }

  private List<Candidate> selected() {
    Sessions sessions = Sessions.of(server, database, filter);
    sessions.checkPatterns();
    Selection selection = Selection.of(sessions);
    selection.requireVisible(sessions);
    return selection.candidates();
  }

  private static boolean preventsWraparound(Session session) {
    return session.query() != null && session.query().contains(WRAPAROUND);
  }

  private Blocker blocker(Candidate process) {
    Session session = process.session();
    Kind kind = kind(process);
    HeldLocks held = locks.of(session.pid());
    boolean ownDoing = kind == Kind.AUTOVACUUM && intent.needsItEmpty();
    String what = Words.session(session) + LocksFound.described(held);
    if (kind == Kind.AUTOVACUUM) {
      what += ", prevents wraparound and gives way to nobody";
    }
    return new Blocker(
        kind,
        (kind == Kind.SESSION && !isWalsender(session) ? "session " : "") + what,
        session.age(),
        session.pid(),
        !ownDoing && !besideTheLocks(session) && stops(kind, held),
        session.id().map(Sessions::statement).orElse(null),
        null,
        refusal(process));
  }

  /** Where the question is about certain locks, whoever holds none of them is not in the way. */
  private boolean besideTheLocks(Session session) {
    return !filter.holdingLocksOn().isEmpty()
        && !intent.needsItEmpty()
        && !matching.containsKey(session.pid());
  }

  private static boolean isWalsender(Session session) {
    return WALSENDER.equals(session.backendType());
  }

  private static Kind kind(Candidate process) {
    String type = process.session().backendType();
    if ("backup tool".equals(process.excludedBy())) {
      return Kind.DUMP;
    }
    if (AUTOVACUUM.equals(type)) {
      return Kind.AUTOVACUUM;
    }
    boolean client =
        type == null || type.equals(SessionFilter.CLIENT_BACKEND) || type.equals(WALSENDER);
    return client ? Kind.SESSION : Kind.BACKGROUND_WORKER;
  }

  private boolean stops(Kind kind, @Nullable HeldLocks held) {
    return intent.needsItEmpty()
        || LocksFound.stop(intent, held)
        || (intent == Intent.RESTART && kind == Kind.DUMP);
  }

  private @Nullable String refusal(Candidate process) {
    Session session = process.session();
    if (process.excludedBy() != null) {
      return process.excludedBy().equals("backup tool")
          ? "a backup is never interrupted: wait until it has ended"
          : "it is a " + process.excludedBy() + " and never ended";
    }
    String unselected = unselected(session);
    if (unselected != null) {
      return unselected;
    }
    Optional<String> refused = preflight.foreseen(session).map(SessionBlockers::inWords);
    if (refused.isEmpty()) {
      return null;
    }
    if (session.superuser() && !server.info().providerRoles().isEmpty()) {
      return "it is a superuser's, which on a managed service belongs to the provider: nobody else"
          + " may end it";
    }
    return refused.get();
  }

  private static String inWords(SignalResult.Refused refused) {
    String remedy = refused.remedy();
    if (remedy == null) {
      return refused.reason();
    }
    // a remedy that is a sentence says why, too; a bare statement does not
    return remedy.endsWith(".") ? remedy : refused.reason() + ": " + remedy;
  }

  /** Only clients are selected unless the user asks for others, so the rest is not held to it. */
  private @Nullable String unselected(Session session) {
    String type = session.backendType();
    if (filter.equals(SessionFilter.ALL_CLIENTS)
        || (type != null && !filter.backendTypes().contains(type))) {
      return null;
    }
    Candidate candidate = matching.get(session.pid());
    if (candidate == null) {
      return "the filters do not select it";
    }
    return candidate.excludedBy() == null ? null : "it is spared by " + candidate.excludedBy();
  }

  private Blocker elsewhere(Session session) {
    HeldLocks held = locks.of(session.pid());
    String modes =
        held == null ? "" : held.database().stream().collect(Collectors.joining(", ", " (", ")"));
    return new Blocker(
        Kind.SESSION,
        "session "
            + Words.session(session)
            + " in database "
            + session.database()
            + ", locks database "
            + database.name()
            + " itself"
            + modes,
        session.age(),
        session.pid(),
        LocksFound.stop(intent, held),
        session.id().map(Sessions::statement).orElse(null),
        null,
        preflight.foreseen(session).map(SessionBlockers::inWords).orElse(null));
  }
}
