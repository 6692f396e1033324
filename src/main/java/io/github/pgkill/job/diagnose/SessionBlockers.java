package io.github.pgkill.job.diagnose;

import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.diagnose.Blocker.Kind;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.diagnose.Removal;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.BackendTypes;
import io.github.pgkill.model.sessions.Exclusion;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.Refusal.Cause;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.diagnose.HeldLocks;
import io.github.pgkill.postgres.diagnose.Preflight;
import io.github.pgkill.postgres.sessions.Candidate;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.text.Wording;
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
    String what = Wording.session(session) + LocksFound.described(held);
    if (kind == Kind.AUTOVACUUM) {
      what += ", prevents wraparound and gives way to nobody";
    }
    if (BackendTypes.isExtensions(session.backendType())) {
      what += "; once it is ended it may not be back before the server is restarted";
    }
    return new Blocker(
        kind,
        (kind == Kind.SESSION && !isWalsender(session) ? "session " : "") + what,
        session.age(),
        session.pid(),
        !ownDoing && !besideTheLocks(session) && stops(kind, held),
        termination(session),
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
    if (process.excludedBy() == Exclusion.BACKUP_TOOL) {
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

  private @Nullable Refusal refusal(Candidate process) {
    Session session = process.session();
    Exclusion rule = process.excludedBy();
    if (rule != null) {
      return switch (rule) {
        case BACKUP_TOOL ->
            new Refusal(Cause.WAIT, "a backup is never interrupted: wait until it has ended");
        case PROVIDER -> new Refusal(Cause.EXCLUDED, "it is the provider's own and never ended");
        default -> spared(rule);
      };
    }
    Refusal unselected = unselected(session);
    if (unselected != null) {
      return unselected;
    }
    Optional<Refusal> refused = preflight.foreseen(session);
    if (refused.isEmpty()) {
      return null;
    }
    if (session.superuser() && !server.info().providerRoles().isEmpty()) {
      return new Refusal(
          Cause.PROVIDERS,
          "it is a superuser's, which on a managed service belongs to the provider: nobody else"
              + " may end it");
    }
    return refused.get();
  }

  private static Refusal spared(Exclusion rule) {
    return new Refusal(
        Cause.EXCLUDED,
        rule.migration()
            ? "it " + rule.words() + ", and is ended only with interruptMigrations"
            : "it is spared by " + rule.words());
  }

  /** Only clients are selected unless the user asks for others, so the rest is not held to it. */
  private @Nullable Refusal unselected(Session session) {
    String type = session.backendType();
    if (filter.equals(SessionFilter.ALL_CLIENTS)
        || (type != null && !filter.backendTypes().contains(type))) {
      return null;
    }
    Candidate candidate = matching.get(session.pid());
    if (candidate == null) {
      return new Refusal(Cause.NOT_SELECTED, "the filters do not select it");
    }
    return candidate.excludedBy() == null ? null : spared(candidate.excludedBy());
  }

  static @Nullable Removal termination(Session session) {
    return session
        .id()
        .map(id -> new Removal(Removal.Action.TERMINATE_PROCESS, Sessions.statement(id)))
        .orElse(null);
  }

  private Blocker elsewhere(Session session) {
    HeldLocks held = locks.of(session.pid());
    String modes =
        held == null ? "" : held.database().stream().collect(Collectors.joining(", ", " (", ")"));
    return new Blocker(
        Kind.SESSION,
        "session "
            + Wording.session(session)
            + " in database "
            + session.database()
            + ", locks database "
            + database.name()
            + " itself"
            + modes,
        session.age(),
        session.pid(),
        LocksFound.stop(intent, held),
        termination(session),
        null,
        preflight.foreseen(session).orElse(null));
  }
}
