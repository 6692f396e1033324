package io.github.pgkill.postgres.sessions;

import io.github.pgkill.model.connection.Endpoint;
import io.github.pgkill.model.connection.Node;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Backend;
import io.github.pgkill.model.sessions.Exclusion;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.value.NamePattern;
import io.github.pgkill.model.value.Program;
import io.github.pgkill.postgres.core.BoundStatement;
import io.github.pgkill.postgres.core.OwnSessions;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerMessages;
import io.github.pgkill.postgres.core.Sql;
import io.github.pgkill.postgres.core.SqlStates;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one database that one filter selects, on one server or on all nodes of a cluster:
 * looking at them, signalling them, and asking whether they are gone. Each node is asked for its
 * own, and signals its own. Every statement runs in autocommit, because within a transaction {@code
 * pg_stat_activity} is a snapshot that shows the dead as living.
 */
public final class Sessions {

  /** So many are signalled in one statement. */
  static final int AT_ONCE = 300;

  private static final String CANCEL = "sessions/cancel-queries";

  private static final SignalResult UNSENT =
      new SignalResult.Refused(
          new Refusal(Refusal.Cause.SERVER, "the server could not signal the process"));

  private final Server server;
  private final DatabaseInfo database;
  private final SessionFilter filter;
  private final Map<String, SignalStatement> signals = new HashMap<>();

  /** Asked once per role, not at every look for every session. */
  private final Map<String, Refusal> hidden = new HashMap<>();

  /** Those of whom it was asked last whether the server would let us end them. */
  private Set<SessionId> judged = Set.of();

  private Set<SessionId> outOfReach = Set.of();

  private final LockWatch locks;
  private final QueryReading reading;

  /** The same on the other nodes; empty for one server, and on each of those. */
  private final List<Sessions> elsewhere = new ArrayList<>();

  private Set<Endpoint> build = Set.of();

  /** Whether the last look found anybody; where it did not, the next begins with a cheaper one. */
  private boolean anybody;

  /** Those of one server. */
  public static Sessions of(Server server, DatabaseInfo database, SessionFilter filter) {
    return of(List.of(server), database, filter);
  }

  /**
   * Looks up what {@code holdingLocksOn} names first, inside the database, if it names anything.
   * Object ids are the same on every node.
   *
   * @param nodes the primary first
   * @throws io.github.pgkill.model.failure.PgkillFailure when the server does not let us in there,
   *     or what a filter names could not be compared with what the server has
   */
  public static Sessions of(List<Server> nodes, DatabaseInfo database, SessionFilter filter) {
    Server server = nodes.get(0);
    if (nodes.size() > 1 && !filter.pids().isEmpty()) {
      throw new InvalidParameter(
          "pids",
          "a process id is another session's on each node",
          "Leave out -Dpgkill.nodes for sessions of the primary, or choose by another filter.");
    }
    for (Server node : nodes) {
      RoleNames.requireComparable(node, filter);
    }
    LockTargets targets =
        filter.holdingLocksOn().isEmpty()
            ? null
            : LockTargets.resolve(server.besideIn(database), filter.holdingLocksOn());
    Sessions sessions = new Sessions(server, database, filter, targets);
    for (Server other : nodes.subList(1, nodes.size())) {
      sessions.elsewhere.add(new Sessions(other, database, filter, targets));
    }
    return sessions;
  }

  private Sessions(
      Server server, DatabaseInfo database, SessionFilter filter, @Nullable LockTargets targets) {
    this.server = server;
    this.database = database;
    this.filter = filter;
    this.locks = new LockWatch(server, database, filter, targets);
    this.reading = QueryReading.of(server, database, filter);
  }

  public DatabaseInfo database() {
    return database;
  }

  public SessionFilter filter() {
    return filter;
  }

  /** Where locks are looked at: the primary of a cluster. */
  public Node node() {
    return server.node();
  }

  /** Those of one node. */
  private Sessions at(Node node) {
    for (Sessions other : elsewhere) {
      if (other.node().equals(node)) {
        return other;
      }
    }
    return this;
  }

  /** Those of one node among identities of all of them. */
  private List<SessionId> here(Collection<SessionId> ids) {
    return ids.stream().filter(id -> id.node().equals(node())).toList();
  }

  /** Those of one node among sessions of all of them. */
  private List<Session> hereOf(Collection<Session> sessions) {
    return sessions.stream().filter(session -> session.node().equals(node())).toList();
  }

  /**
   * Lets the server judge the filter's regular expressions, so that a bad one is refused before
   * anything is done.
   */
  public void checkPatterns() {
    checkPattern("queryPattern", Stream.ofNullable(filter.queryPattern()));
    checkPattern("excludeQueryPattern", Stream.ofNullable(filter.excludeQueryPattern()));
    checkPattern("applicationNames", patterns(filter.applicationNames()));
    checkPattern("excludeApplicationNames", patterns(filter.excludeApplicationNames()));
  }

  private static Stream<String> patterns(List<NamePattern> names) {
    return names.stream().filter(NamePattern::regex).map(NamePattern::text);
  }

  private void checkPattern(String parameter, Stream<String> patterns) {
    patterns.forEach(pattern -> server.checkPattern(parameter, pattern));
  }

  /**
   * Who else stands in the way of the locks that the filter is about, and whether they can be had.
   */
  public LockWatch locks() {
    return locks;
  }

  /**
   * Tells the client ends of this build's own sessions: who only looks like its migration is not
   * spared for that.
   */
  public void build(Set<Endpoint> ends) {
    build = Set.copyOf(ends);
    for (Sessions other : elsewhere) {
      other.build(ends);
    }
  }

  /**
   * One look at the sessions of the database.
   *
   * @param candidates those that the filters match, oldest first, the spared ones among them
   * @param unnamed processes of those that cannot be judged yet, because their names are missing:
   *     their logins are not over
   */
  public record Found(List<Candidate> candidates, Set<Backend> unnamed) {}

  /** Every session that the filters match now, oldest first, the spared ones among them. */
  public List<Candidate> select() {
    return find().candidates();
  }

  /** The same, with those that may match as soon as they have said their names. */
  public Found find() {
    Found found = findHere();
    for (Sessions other : elsewhere) {
      Found there = other.findHere();
      found.candidates().addAll(there.candidates());
      found.unnamed().addAll(there.unnamed());
    }
    return found;
  }

  private Found findHere() {
    locks.look();
    while (true) {
      List<SessionId> known = OwnSessions.open();
      Found found = find(known);
      // a goal of a parallel module may have logged in just then, and is told apart once it is
      // known
      OwnSessions.awaitLogins();
      List<SessionId> since = new ArrayList<>(OwnSessions.open());
      since.removeAll(known);
      if (found.candidates().stream().noneMatch(candidate -> isOf(since, candidate.session()))) {
        return found;
      }
    }
  }

  private static boolean isOf(List<SessionId> ids, Session session) {
    return session.id().map(id -> ids.stream().anyMatch(id::isBackendOf)).orElse(false);
  }

  private Found find(List<SessionId> own) {
    Found found = new Found(new ArrayList<>(), new HashSet<>());
    if (!anybody) {
      anybody = anybody();
    }
    if (anybody) {
      collect(own, found);
      anybody = !found.candidates().isEmpty() || !found.unnamed().isEmpty();
    }
    return found;
  }

  private boolean anybody() {
    return query(
            "sessions/anybody",
            statement -> statement.set("database", database.oid()),
            row -> row.getBoolean("anybody"))
        .get(0);
  }

  private void collect(List<SessionId> own, Found found) {
    FilterBinding binding =
        new FilterBinding(database.oid(), filter, own, locks.criteria(), reading);
    server.run(
        connection ->
            Rows.query(
                connection,
                Sql.named("sessions/select-sessions", FilterBinding.unasked(filter)),
                statement -> {
                  binding.bind(statement);
                  FilterBinding.bindBuild(statement, build);
                },
                row ->
                    row.getBoolean("unnamed")
                        ? found.unnamed().add(new Backend(server.node(), row.getInt("pid")))
                        : found.candidates().add(candidate(server.node(), row))));
  }

  /** As many as one statement takes at a time; whom the server would refuse is asked for all. */
  public List<List<Session>> batches(List<Session> victims) {
    if (elsewhere.isEmpty()) {
      return batchesHere(victims);
    }
    List<List<Session>> batches = new ArrayList<>(batchesHere(hereOf(victims)));
    for (Sessions other : elsewhere) {
      batches.addAll(other.batchesHere(other.hereOf(victims)));
    }
    return batches;
  }

  private List<List<Session>> batchesHere(List<Session> victims) {
    judge(victims);
    List<List<Session>> batches = new ArrayList<>();
    for (int from = 0; from < victims.size(); from += AT_ONCE) {
      batches.add(victims.subList(from, Math.min(victims.size(), from + AT_ONCE)));
    }
    return batches;
  }

  /**
   * Terminates those of these sessions that still are the ones that were selected and that the
   * filters still match: the server decides and signals in one statement. Those that it would
   * refuse have a statement of their own, because a refusal breaks off the whole.
   *
   * @param victims one of the {@link #batches}, so of one node; who has no identity is left out
   * @return what came of each, in no order
   */
  public Map<SessionId, SignalResult> terminate(Collection<Session> victims) {
    return signal("sessions/terminate-sessions", victims);
  }

  /** Cancels what they run, under the same conditions; NoMatch for who runs nothing. */
  public Map<SessionId, SignalResult> cancel(Collection<Session> victims) {
    return signal(CANCEL, victims);
  }

  /**
   * Whether the session still is the one that was selected and the filters still match it: what
   * {@link #terminate} asks before its signal, for those who signal in another way.
   */
  public boolean stillSelects(SessionId id) {
    return at(id.node()).stillSelectsHere(id);
  }

  private boolean stillSelectsHere(SessionId id) {
    return server.run(
        connection ->
            !statement(connection, "sessions/sessions-still-selected")
                .execute(List.of(id), locks.criteria())
                .isEmpty());
  }

  /**
   * Terminates one session under the same conditions, if it still keeps one of these waiting and is
   * none of that program's.
   */
  public SignalResult terminateBlocker(
      Session session, SessionId id, Collection<SessionId> waiters, Program spared) {
    return signalBlocker("sessions/terminate-blocker", session, id, waiters, spared);
  }

  /** Cancels what one session runs, under those conditions; NoMatch if it runs nothing. */
  public SignalResult cancelBlocker(
      Session session, SessionId id, Collection<SessionId> waiters, Program spared) {
    return signalBlocker("sessions/cancel-blocker", session, id, waiters, spared);
  }

  private SignalResult signalBlocker(
      String name, Session session, SessionId id, Collection<SessionId> waiters, Program spared) {
    return server.run(
        connection -> {
          try {
            List<Boolean> signalled =
                Rows.query(
                    connection,
                    Sql.named(name, FilterBinding.unasked(filter)),
                    statement -> {
                      new FilterBinding(
                              database.oid(), filter, OwnSessions.open(), locks.criteria(), reading)
                          .bind(statement);
                      FilterBinding.bindBuild(statement, build);
                      FilterBinding.bindOne(statement, id);
                      statement.setIds("waiter", waiters);
                      LockQueue.bindProgram(statement, spared);
                    },
                    row -> row.getBoolean("signalled"));
            return signalled.isEmpty()
                ? new SignalResult.NoMatch()
                : signalled.get(0) ? new SignalResult.Sent() : UNSENT;
          } catch (SQLException e) {
            return refused(connection, session.user(), e);
          }
        });
  }

  /** Which of these identities the server still shows. */
  public Set<SessionId> remaining(Collection<SessionId> ids) {
    return look(ids).keySet();
  }

  /**
   * Processes of clients that are logging in and have no session yet, for whichever database. Ask
   * this before {@link #find()}: a client that is past it then is listed.
   */
  public Set<Backend> loggingIn() {
    Set<Backend> found = loggingInHere();
    for (Sessions other : elsewhere) {
      found.addAll(other.loggingInHere());
    }
    return found;
  }

  private Set<Backend> loggingInHere() {
    Set<Backend> found = new HashSet<>();
    for (int pid : query("sessions/clients-logging-in", s -> {}, row -> row.getInt("pid"))) {
      found.add(new Backend(server.node(), pid));
    }
    return found;
  }

  /** Processes of the primary, with a session or without, that wait for somebody's lock. */
  public Set<Backend> waitingForLocks() {
    return new HashSet<>(
        query(
            "sessions/waiting-for-locks",
            s -> {},
            row -> new Backend(server.node(), row.getInt("pid"))));
  }

  /**
   * Ends a client that is logging in at the primary, if it still is. Only superusers may; for
   * whichever database it is, nobody knows yet.
   */
  public SignalResult terminateLogin(Backend login) {
    return server.run(
        connection -> {
          try {
            List<Boolean> signalled =
                Rows.query(
                    connection,
                    Sql.named("sessions/terminate-login"),
                    statement -> statement.set("pid", login.pid()),
                    row -> row.getBoolean("signalled"));
            return signalled.contains(true) ? new SignalResult.Sent() : new SignalResult.NoMatch();
          } catch (SQLException e) {
            return refused(connection, null, e);
          }
        });
  }

  /** Which of these processes hold locks on something inside the database. */
  public Set<Backend> holdingLocks(Collection<Backend> processes) {
    if (processes.isEmpty()) {
      return Set.of();
    }
    Set<Backend> holding = holdingLocksHere(processes);
    for (Sessions other : elsewhere) {
      holding.addAll(other.holdingLocksHere(processes));
    }
    return holding;
  }

  private Set<Backend> holdingLocksHere(Collection<Backend> processes) {
    List<Integer> pids =
        processes.stream().filter(p -> p.node().equals(node())).map(Backend::pid).toList();
    return new HashSet<>(
        query(
            "sessions/sessions-holding-locks",
            statement -> {
              statement.set("database", database.oid());
              statement.set("pids", "int4", pids);
            },
            row -> new Backend(server.node(), row.getInt("pid"))));
  }

  /** Which of these identities are still running a query. */
  public Set<SessionId> running(Collection<SessionId> ids) {
    Set<SessionId> running = new HashSet<>();
    look(ids)
        .forEach(
            (id, state) -> {
              if ("active".equals(state)) {
                running.add(id);
              }
            });
    return running;
  }

  /**
   * Those of these sessions that the server would not let this role end, by its own rules (see
   * {@link Refusals}), judged in one statement for each node. In the order given.
   */
  public Map<Session, Refusal> foreseenRefusals(Collection<Session> victims) {
    if (elsewhere.isEmpty()) {
      return foreseenRefusalsHere(victims);
    }
    Map<Session, Refusal> refusals = new LinkedHashMap<>(foreseenRefusalsHere(hereOf(victims)));
    for (Sessions other : elsewhere) {
      refusals.putAll(other.foreseenRefusalsHere(other.hereOf(victims)));
    }
    return refusals;
  }

  private Map<Session, Refusal> foreseenRefusalsHere(Collection<Session> victims) {
    boolean allInReach =
        server.info().signalsOthers()
            && victims.stream().allMatch(s -> s.visible() && s.user() != null && !s.superuser());
    Map<Session, Refusal> refusals =
        victims.isEmpty() || allInReach
            ? Map.of()
            : server.run(connection -> Refusals.foreseen(connection, victims));
    judged = roles(victims).keySet();
    outOfReach = roles(refusals.keySet()).keySet();
    return refusals;
  }

  /** What is said of a session whose start time this role may not see. */
  public Refusal hidden(Session session) {
    String user = session.user();
    return hidden.computeIfAbsent(
        String.valueOf(user), key -> server.run(c -> Refusals.hidden(c, user)));
  }

  /** What to grant to this role so that it may see, and signal, everybody's sessions. */
  public String grantToSee() {
    return server.run(Refusals::grant);
  }

  /** The statement that a careful person would type to end this session and no other. */
  public static String statement(SessionId id) {
    String statement = statement(id.pid(), id.backendStart());
    return id.node().amongOthers() ? statement + "  -- on node " + id.node() : statement;
  }

  /** The same for a session of whichever server the statement is typed on. */
  public static String statement(int pid, String backendStart) {
    return "SELECT pg_terminate_backend(pid) FROM pg_stat_get_activity("
        + pid
        + ") WHERE backend_start = '"
        + backendStart
        + "';";
  }

  private Map<SessionId, String> look(Collection<SessionId> ids) {
    if (elsewhere.isEmpty()) {
      return lookHere(ids);
    }
    Map<SessionId, String> states = new HashMap<>(lookHere(here(ids)));
    for (Sessions other : elsewhere) {
      states.putAll(other.lookHere(other.here(ids)));
    }
    return states;
  }

  private Map<SessionId, String> lookHere(Collection<SessionId> ids) {
    Map<SessionId, String> states = new HashMap<>();
    if (ids.isEmpty()) {
      return states;
    }
    query(
        "sessions/remaining-sessions",
        statement -> statement.setIds("wanted", ids),
        row ->
            states.put(
                new SessionId(server.node(), row.getInt("pid"), row.getString("started")),
                String.valueOf(row.getString("state"))));
    return states;
  }

  private <T> List<T> query(String name, BoundStatement.Binder binder, Rows.Mapper<T> mapper) {
    return server.run(connection -> Rows.query(connection, Sql.named(name), binder, mapper));
  }

  private Map<SessionId, SignalResult> signal(String name, Collection<Session> victims) {
    return victims.isEmpty()
        ? Map.of()
        : at(victims.iterator().next().node()).signalHere(name, victims);
  }

  private Map<SessionId, SignalResult> signalHere(String name, Collection<Session> victims) {
    Map<SessionId, @Nullable String> together = roles(victims);
    judge(victims);
    Map<SessionId, @Nullable String> alone = new LinkedHashMap<>(together);
    alone.keySet().retainAll(outOfReach);
    together.keySet().removeAll(alone.keySet());
    return server.run(
        connection -> {
          Map<SessionId, SignalResult> results = new HashMap<>(oneByOne(connection, name, alone));
          results.putAll(signal(connection, name, together));
          return results;
        });
  }

  private void judge(Collection<Session> victims) {
    if (!judged.containsAll(roles(victims).keySet())) {
      foreseenRefusalsHere(victims);
    }
  }

  private static Map<SessionId, @Nullable String> roles(Collection<Session> sessions) {
    Map<SessionId, @Nullable String> roles = new LinkedHashMap<>();
    sessions.forEach(session -> session.id().ifPresent(id -> roles.put(id, session.user())));
    return roles;
  }

  private Map<SessionId, SignalResult> signal(
      Connection connection, String name, Map<SessionId, @Nullable String> victims)
      throws SQLException {
    if (victims.isEmpty()) {
      return Map.of();
    }
    List<SessionId> ids = List.copyOf(victims.keySet());
    try {
      return results(ids, statement(connection, name).execute(ids, locks.criteria()));
    } catch (SQLException e) {
      if (ids.size() == 1) {
        return Map.of(ids.get(0), refused(connection, victims.get(ids.get(0)), e));
      }
      requireRefusal(e);
      return afterRefusal(ids, oneByOne(connection, name, victims));
    }
  }

  private Map<SessionId, SignalResult> oneByOne(
      Connection connection, String name, Map<SessionId, @Nullable String> victims)
      throws SQLException {
    Map<SessionId, SignalResult> results = new HashMap<>();
    for (Map.Entry<SessionId, @Nullable String> one : victims.entrySet()) {
      results.putAll(
          signal(connection, name, Collections.singletonMap(one.getKey(), one.getValue())));
    }
    return results;
  }

  /**
   * The statement that broke off has signalled those before the first whom the server refused:
   * whoever of them is not there any more has seen it.
   */
  private Map<SessionId, SignalResult> afterRefusal(
      List<SessionId> ids, Map<SessionId, SignalResult> results) {
    Set<SessionId> remaining = lookHere(ids).keySet();
    for (SessionId id : ids) {
      SignalResult result = results.get(id);
      if (result instanceof SignalResult.Refused) {
        return results;
      }
      if (result instanceof SignalResult.NoMatch && !remaining.contains(id)) {
        results.put(id, new SignalResult.Sent());
      }
    }
    return results;
  }

  private Map<SessionId, SignalResult> results(
      List<SessionId> ids, Map<SessionId, Boolean> signalled) {
    Map<SessionId, SignalResult> results = new HashMap<>();
    List<SessionId> unsent = new ArrayList<>();
    for (SessionId id : ids) {
      boolean sent = Boolean.TRUE.equals(signalled.get(id));
      results.put(id, sent ? new SignalResult.Sent() : new SignalResult.NoMatch());
      if (!sent && signalled.containsKey(id)) {
        unsent.add(id);
      }
    }
    // who is there all the same did not just end
    lookHere(unsent).keySet().forEach(id -> results.put(id, UNSENT));
    return results;
  }

  private SignalStatement statement(Connection connection, String name) throws SQLException {
    SignalStatement statement = signals.get(name);
    if (statement == null || !statement.isOf(connection)) {
      statement =
          new SignalStatement(
              connection,
              SignalStatement.sql(name, filter),
              database,
              filter,
              reading,
              name.equals(CANCEL));
      signals.put(name, statement);
    }
    return statement;
  }

  /**
   * What a failure means that is a refusal.
   *
   * @throws SQLException any other failure
   */
  private static SignalResult refused(
      Connection connection, @Nullable String victim, SQLException e) throws SQLException {
    requireRefusal(e);
    return new SignalResult.Refused(
        new Refusal(
            Refusal.Cause.SERVER, ServerMessages.of(e), Refusals.remedy(connection, victim)));
  }

  private static void requireRefusal(SQLException e) throws SQLException {
    if (!SqlStates.INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())) {
      throw e;
    }
  }

  /** A row of the statements that select sessions. */
  public static Candidate candidate(Node node, ResultSet row) throws SQLException {
    Session session =
        new Session(
            node,
            row.getInt("pid"),
            row.getString("started"),
            row.getString("database"),
            row.getString("username"),
            row.getBoolean("superuser"),
            row.getString("application_name"),
            row.getString("client"),
            row.getString("backend_type"),
            row.getString("state"),
            Rows.millis(row, "age"),
            Rows.millis(row, "transaction_age"),
            Rows.millis(row, "query_age"),
            Rows.millis(row, "state_age"),
            row.getString("wait_event"),
            Rows.text(row, "query", "query_encoding"),
            row.getBoolean("query_cut"),
            Rows.integer(row, "leader_pid"),
            Rows.integers(row, "blocked_by"),
            row.getObject("database_oid", Long.class),
            row.getObject("user_oid", Long.class));
    String excludedBy = row.getString("excluded_by");
    return new Candidate(session, excludedBy == null ? null : Exclusion.valueOf(excludedBy));
  }
}
