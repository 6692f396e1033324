package io.github.pgkill.job.kill;

import io.github.pgkill.host.process.BackendProcess;
import io.github.pgkill.host.process.BackendTitle;
import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.model.connection.Node;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.Unreachable;
import io.github.pgkill.model.sessions.Exclusion;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.postgres.sessions.Candidate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The sessions of a database as the titles of processes show them, judged by a filter. */
final class TitledSessions {

  private final String database;
  private final SessionFilter filter;
  private final Map<SessionId, BackendProcess> processes = new LinkedHashMap<>();

  TitledSessions(String database, SessionFilter filter) {
    this.database = database;
    this.filter = filter;
  }

  /** Refuses a filter that asks for more than titles tell. */
  void requireAnswerable(Unreachable why) {
    SessionFilter answerable =
        SessionFilter.builder()
            .sessionUsers(filter.sessionUsers())
            .excludeSessionUsers(filter.excludeSessionUsers())
            .pids(filter.pids())
            .build();
    // not asked filter by filter, so that one that is new some day is refused, too
    if (!filter.equals(answerable)) {
      List<String> names = unanswerable(filter);
      throw new InvalidParameter(
          names.isEmpty() ? "sessions" : names.get(0),
          "without a connection to the server ("
              + why.getMessage()
              + ") only the titles of processes are there, which cannot answer "
              + (names.isEmpty() ? "this filter" : String.join(", ", names)),
          "Choose by database, sessionUsers, excludeSessionUsers and pids.");
    }
  }

  private static List<String> unanswerable(SessionFilter filter) {
    List<String> names = new ArrayList<>(filter.needingHiddenColumns());
    if (!filter.applicationNames().isEmpty()) {
      names.add("applicationNames");
    }
    if (!filter.excludeApplicationNames().isEmpty()) {
      names.add("excludeApplicationNames");
    }
    return names;
  }

  /** Those that the filter matches, the spared ones among them. */
  Selection select(Node node, List<BackendProcess> backends) {
    List<Candidate> candidates = new ArrayList<>();
    for (BackendProcess backend : backends) {
      BackendTitle title = backend.title().orElseThrow();
      List<BackendTitle.Reading> meant = title.readings().stream().filter(this::meant).toList();
      boolean asked = filter.pids().isEmpty() || filter.pids().contains(backend.pid());
      if (!meant.isEmpty() && asked) {
        candidates.add(candidate(node, backend, title, meant.get(0)));
      }
    }
    return new Selection(Set.of(), candidates);
  }

  private boolean meant(BackendTitle.Reading reading) {
    List<String> users = filter.sessionUsers();
    return reading.database().equals(database)
        && (users.isEmpty() || users.contains(reading.role()));
  }

  private Candidate candidate(
      Node node, BackendProcess backend, BackendTitle title, BackendTitle.Reading reading) {
    Session session = session(node, backend, Optional.of(reading));
    SessionId id = session.id().orElseThrow();
    processes.put(id, backend);
    if (!title.unambiguous()) {
      return new Candidate(session, Exclusion.AMBIGUOUS_TITLE);
    }
    boolean excluded = filter.excludeSessionUsers().contains(reading.role());
    return new Candidate(session, excluded ? Exclusion.EXCLUDE_SESSION_USERS : null);
  }

  /**
   * All sessions but those, with role and database where they can be read in one way only. Who is
   * logging in has none yet, such as our own attempt that the server has just refused.
   */
  List<Session> besides(Node node, List<BackendProcess> backends, Collection<Session> sessions) {
    Set<Integer> pids = sessions.stream().map(Session::pid).collect(Collectors.toSet());
    return backends.stream()
        .filter(backend -> !pids.contains(backend.pid()))
        .filter(backend -> backend.title().filter(BackendTitle::isLoggingIn).isEmpty())
        .map(
            backend ->
                session(
                    node,
                    backend,
                    backend
                        .title()
                        .filter(BackendTitle::unambiguous)
                        .map(title -> title.readings().get(0))))
        .toList();
  }

  /** What becomes of one that is spared; empty for the others. */
  Optional<Outcome> spared(Candidate candidate) {
    return Optional.ofNullable(candidate.excludedBy())
        .map(
            rule ->
                rule == Exclusion.AMBIGUOUS_TITLE
                    ? new Outcome.Refused(ambiguous(candidate.session()))
                    : new Outcome.Excluded(rule));
  }

  private Refusal ambiguous(Session session) {
    BackendTitle title = process(session.id().orElseThrow()).title().orElseThrow();
    return new Refusal(
        Refusal.Cause.AMBIGUOUS_TITLE,
        Exclusion.AMBIGUOUS_TITLE.words() + ": " + title.text(),
        "Find out who it is, and end it by hand.");
  }

  /** The process behind one of them, held since it was selected. */
  BackendProcess process(SessionId id) {
    BackendProcess process = processes.get(id);
    if (process == null) {
      throw new IllegalStateException("never held: " + id);
    }
    return process;
  }

  /** What a title and the operating system tell of a session. */
  private static Session session(
      Node node, BackendProcess backend, Optional<BackendTitle.Reading> reading) {
    return new Session(
        node,
        backend.pid(),
        backend.startedAt().toString(),
        reading.map(BackendTitle.Reading::database).orElse(null),
        reading.map(BackendTitle.Reading::role).orElse(null),
        false,
        "",
        null,
        SessionFilter.CLIENT_BACKEND,
        null,
        Duration.between(backend.startedAt(), Instant.now()),
        null,
        null,
        null,
        null,
        null,
        false,
        null,
        List.of(),
        null,
        null);
  }
}
