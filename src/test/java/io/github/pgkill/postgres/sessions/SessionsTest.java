package io.github.pgkill.postgres.sessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.connection.Node;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.sessions.Backend;
import io.github.pgkill.model.sessions.Exclusion;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.value.NamePattern;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.core.OwnSessions;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerConnector;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.RawClient;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A session is a pid and a start: nothing else is ever hit, whatever happened since the look. */
@Tag("core")
class SessionsTest {

  private static final TestServer SERVER = TestServer.shared();
  private static final Duration LOGIN = Duration.ofSeconds(1);
  private static final int LOOKS = Integer.getInteger("pgkill.looks", 500);

  private String database;
  private StubbornClients clients;
  private Server server;

  @BeforeEach
  void connect() throws SQLException {
    database = SERVER.createDatabase();
    clients = StubbornClients.of(SERVER, database);
    server = connectTo(database);
  }

  @AfterEach
  void disconnect() throws SQLException {
    server.close();
    clients.close();
  }

  @Test
  void recycledPidIsNeverHit() throws SQLException {
    StubbornClients.Client client = clients.active();
    Sessions sessions = sessions(SessionFilter.ALL_CLIENTS);
    Session session = only(sessions);
    String start = client.backendStart();
    List<String> others =
        List.of(
            SERVER.query("select (?::timestamptz - interval '1 us')::text", start).get(0),
            SERVER.query("select (?::timestamptz + interval '1 us')::text", start).get(0),
            SERVER.query("select (?::timestamptz - interval '1 day')::text", start).get(0),
            start.replace(' ', 'T'),
            start + " ",
            start.replaceAll("\\..*", ""),
            start.replaceAll("\\+.*", ""),
            start.replace("+00", "+01"),
            "",
            "now",
            "-infinity",
            "' or true --",
            "%");

    for (String other : others) {
      SessionId recycled = new SessionId(SERVER.node(), client.pid(), other);
      assertThat(terminate(sessions, session, recycled))
          .as(other)
          .isInstanceOf(SignalResult.NoMatch.class);
      assertThat(cancel(sessions, session, recycled)).isInstanceOf(SignalResult.NoMatch.class);
      assertThat(sessions.remaining(List.of(recycled))).as(other).isEmpty();
    }
    assertThat(client.alive()).isTrue();
    assertThat(client.failure()).isEmpty();

    SessionId exact = session.id().orElseThrow();
    assertThat(sessions.remaining(List.of(exact))).containsExactly(exact);
    assertThat(terminate(sessions, session, exact)).isInstanceOf(SignalResult.Sent.class);
    Eventually.within(20, () -> sessions.remaining(List.of(exact)).isEmpty());
    assertThat(terminate(sessions, session, exact)).isInstanceOf(SignalResult.NoMatch.class);
  }

  @Test
  void aGoalOfAParallelModuleIsSparedBeforeItIsKnown() throws Exception {
    OwnSessions.Login login = OwnSessions.login();
    StubbornClients.Client loggedIn = clients.idle();
    // that goal calls the server by another name
    SessionId elsewhere =
        new SessionId(
            new Node("localhost", SERVER.port()), loggedIn.pid(), loggedIn.id().backendStart());
    CompletableFuture<List<Candidate>> look =
        CompletableFuture.supplyAsync(() -> sessions(SessionFilter.ALL_CLIENTS).select());
    try {
      assertThatThrownBy(() -> look.get(500, TimeUnit.MILLISECONDS))
          .as("it could not be told from a victim yet")
          .isInstanceOf(TimeoutException.class);
      OwnSessions.opened(elsewhere);
    } finally {
      login.close();
    }

    try {
      assertThat(look.get(30, TimeUnit.SECONDS))
          .filteredOn(candidate -> candidate.session().pid() == loggedIn.pid())
          .extracting(Candidate::excludedBy)
          .containsExactly(Exclusion.OWN_SESSION);
    } finally {
      OwnSessions.closed(elsewhere);
    }
  }

  @Test
  void aSessionIsOnTheServerThatAnswered() throws SQLException {
    StubbornClients.Client client = clients.idle();
    TestConnection both =
        TestConnection.to(SERVER, database)
            .at(
                List.of(
                    new HostAddress("127.0.0.1", null, 1),
                    new HostAddress("db.example", "127.0.0.1", SERVER.port())));
    try (Server several = ServerConnector.toLook(both.settings()).connect()) {
      Sessions sessions =
          Sessions.of(
              several, several.findDatabase(database).orElseThrow(), SessionFilter.ALL_CLIENTS);
      Session session = only(sessions);

      assertThat(session.node()).isEqualTo(SERVER.node()).isEqualTo(several.node());
      assertThat(session.id()).hasValue(client.id());
      assertThat(sessions.remaining(List.of(client.id()))).containsExactly(client.id());
    }
  }

  @Test
  void whoIsSparedByNameIsSparedWhileItLogsIn() throws Exception {
    Sessions sessions =
        sessions(f -> f.excludeApplicationNames(List.of(new NamePattern("keep me", false))));
    AtomicBoolean over = new AtomicBoolean();
    List<CompletableFuture<Void>> comingAndGoing =
        Stream.generate(() -> CompletableFuture.runAsync(() -> logInUntil(over))).limit(3).toList();
    Set<Exclusion> rules = new HashSet<>();
    List<Session> victims = new ArrayList<>();
    Stopwatch watch = new Stopwatch();
    try {
      // on a busy machine nobody may have come by then
      for (int looks = 0; looks < LOOKS || (rules.isEmpty() && !over(watch)); looks++) {
        for (Candidate candidate : sessions.select()) {
          if (candidate.excludedBy() != null) {
            rules.add(candidate.excludedBy());
          } else if (candidate.session().age().compareTo(LOGIN) < 0) {
            victims.add(candidate.session());
          }
        }
      }
    } finally {
      over.set(true);
      comingAndGoing.forEach(CompletableFuture::join);
    }
    assertThat(victims).isEmpty();
    assertThat(rules).containsExactly(Exclusion.EXCLUDE_APPLICATION_NAMES);
  }

  private static boolean over(Stopwatch watch) {
    return watch.elapsed().compareTo(Duration.ofMinutes(2)) > 0;
  }

  @Test
  void whoHasNoNameIsAVictimASecondLater() throws Exception {
    Sessions sessions =
        sessions(f -> f.excludeApplicationNames(List.of(new NamePattern("keep me", false))));
    try (RawClient client = RawClient.tcp(SERVER)) {
      client.startUp(Map.of("user", TestServer.SUPERUSER, "database", database));
      Eventually.within(60, () -> !sessions.select().isEmpty());
      assertThat(sessions.find().unnamed()).isEmpty();
      assertThat(only(sessions).age()).isGreaterThanOrEqualTo(LOGIN);
    }
  }

  /** Half of them as the driver does it unasked: its name comes by a statement of its own. */
  private void logInUntil(AtomicBoolean over) {
    Properties late = new Properties();
    late.setProperty("user", TestServer.SUPERUSER);
    late.setProperty("ApplicationName", "keep me");
    try {
      while (!over.get()) {
        SERVER.connect(database, TestServer.SUPERUSER, "keep me").close();
        SERVER.connect(database, late).close();
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whoHasNotSaidItsNameYetIsNoVictim() throws Exception {
    assumeTrue(SERVER.major() < 15, "later servers load a session's libraries before they list it");
    String role = SERVER.createRole("login");
    Path library = SERVER.pipe("library");
    SERVER.execute("alter role " + role + " set session_preload_libraries = '" + library + "'");
    Sessions sessions = sessions(SessionFilter.ALL_CLIENTS);
    try (RawClient client = RawClient.tcp(SERVER)) {
      client.startUp(Map.of("user", role, "database", database));
      Eventually.within(60, () -> !identities(role).isEmpty());
      SessionId id = identities(role).get(0);

      assertThat(sessions.select()).isEmpty();
      assertThat(sessions.find().unnamed()).contains(new Backend(id.node(), id.pid()));
      StubbornClients.Client other = clients.idle();
      assertThat(terminate(sessions, only(sessions), id)).isInstanceOf(SignalResult.NoMatch.class);
      assertThat(other.alive()).isTrue();
      assertThat(identities(role)).containsExactly(id);
    } finally {
      Files.writeString(library, "no library");
    }
    Eventually.within(60, () -> identities(role).isEmpty());
  }

  private static List<SessionId> identities(String role) throws SQLException {
    return SERVER
        .query("select pid || ',' || backend_start from pg_stat_activity where usename = ?", role)
        .stream()
        .map(row -> row.split(",", 2))
        .map(row -> new SessionId(SERVER.node(), Integer.parseInt(row[0]), row[1]))
        .toList();
  }

  @Test
  void objectIdsAreShownOfDatabaseAndRole() throws SQLException {
    clients.idle();
    Session session = only(sessions(SessionFilter.ALL_CLIENTS));
    assertThat(
            SERVER.query(
                "select (select oid from pg_database where datname = ?) || ' ' || ?::regrole::oid",
                database,
                session.user()))
        .containsExactly(session.databaseOid() + " " + session.userOid());
  }

  @Test
  void sameStartAtAnotherPidIsNotHit() throws SQLException {
    StubbornClients.Client one = clients.idle();
    StubbornClients.Client other = clients.idle();
    Sessions sessions = sessions(SessionFilter.ALL_CLIENTS);

    SessionId mixed =
        new SessionId(SERVER.node(), one.pid(), sessions.select().get(1).session().backendStart());

    assertThat(terminate(sessions, sessions.select().get(0).session(), mixed))
        .isInstanceOf(SignalResult.NoMatch.class);
    assertThat(one.alive() && other.alive()).isTrue();
  }

  @Test
  void sessionThatTheFilterMatchesNoMoreIsNotHit() throws SQLException {
    StubbornClients.Client client = clients.idle();
    Sessions sessions = sessions(f -> f.states(List.of("idle")));
    Session session = only(sessions);

    client.connection().setAutoCommit(false);
    run(client, "select 1");

    assertThat(terminate(sessions, session, session.id().orElseThrow()))
        .isInstanceOf(SignalResult.NoMatch.class);
    assertThat(client.alive()).isTrue();
  }

  @Test
  void sessionThatAnExclusionSparesByNowIsNotHit() throws SQLException {
    StubbornClients.Client client = clients.idle();
    Sessions sessions =
        sessions(f -> f.excludeApplicationNames(List.of(new NamePattern("keep me", false))));
    Session session = only(sessions);

    run(client, "set application_name = 'keep me'");

    assertThat(terminate(sessions, session, session.id().orElseThrow()))
        .isInstanceOf(SignalResult.NoMatch.class);
    assertThat(client.alive()).isTrue();
  }

  @Test
  void sessionOfAnotherDatabaseIsNotHit() throws SQLException {
    String elsewhereDatabase = SERVER.createDatabase();
    StubbornClients.Client elsewhere = clients.to(elsewhereDatabase).idle();
    Sessions sessions = sessions(SessionFilter.ALL_CLIENTS);
    assertThat(sessions.select()).isEmpty();

    StubbornClients.Client here = clients.idle();
    Session session = only(sessions);
    Sessions there =
        Sessions.of(
            server,
            server.findDatabase(elsewhereDatabase).orElseThrow(),
            SessionFilter.ALL_CLIENTS);
    SessionId other = only(there).id().orElseThrow();

    assertThat(terminate(sessions, session, other)).isInstanceOf(SignalResult.NoMatch.class);
    assertThat(elsewhere.alive() && here.alive()).isTrue();
  }

  @Test
  void cancelHitsOnlyWhoRunsSomething() throws SQLException {
    StubbornClients.Client idle = clients.idle();
    StubbornClients.Client active = clients.active();
    Sessions sessions = sessions(SessionFilter.ALL_CLIENTS);
    List<Session> found = sessions.select().stream().map(Candidate::session).toList();

    for (Session session : found) {
      SignalResult result = cancel(sessions, session, session.id().orElseThrow());
      assertThat(result)
          .isInstanceOf(
              session.pid() == active.pid() ? SignalResult.Sent.class : SignalResult.NoMatch.class);
    }
    Eventually.within(20, () -> active.failure().isPresent());
    assertThat(active.failure().orElseThrow().getSQLState()).isEqualTo("57014");
    assertThat(idle.alive() && active.alive()).isTrue();
  }

  @Test
  void ownSessionsAreKnownByIdentityAlsoUnderAnotherRole() throws SQLException {
    String login = SERVER.createRole("login noinherit");
    String group = SERVER.createRole("");
    SERVER.execute("grant " + group + " to " + login);
    TestConnection here = TestConnection.to(SERVER, database).through(database).as(login);
    try (Server first = ServerConnector.toLook(here.role(group).settings()).connect();
        Server second = ServerConnector.toLook(here.settings()).connect()) {
      assertThat(first.info().role()).isEqualTo(group);
      assertThat(first.info().self().backendStart()).isNotNull();

      for (Server looking : List.of(first, second, server)) {
        assertThat(
                Sessions.of(
                        looking,
                        looking.findDatabase(database).orElseThrow(),
                        SessionFilter.ALL_CLIENTS)
                    .select())
            .extracting(Candidate::excludedBy)
            .containsExactly(Exclusion.OWN_SESSION, Exclusion.OWN_SESSION);
      }
    }
    // closed ones are remembered no longer than they live
    StubbornClients.Client client = clients.idle();
    Eventually.within(
        20, () -> pids(sessions(SessionFilter.ALL_CLIENTS).select()).equals(Set.of(client.pid())));
  }

  @Test
  void nameOfOursProtectsNobodyElse() throws SQLException {
    StubbornClients.Client impostor = clients.as(TestServer.SUPERUSER, "pgkill").idle();

    assertThat(only(sessions(SessionFilter.ALL_CLIENTS)).pid()).isEqualTo(impostor.pid());
  }

  @Test
  void badExpressionIsToldWithItsParameter() {
    Sessions sessions =
        sessions(f -> f.excludeApplicationNames(List.of(new NamePattern("(", true))));

    assertThatThrownBy(sessions::checkPatterns)
        .isInstanceOf(InvalidParameter.class)
        .hasMessageStartingWith("parameter excludeApplicationNames: '('")
        .hasMessageContaining("parentheses");
    assertThatThrownBy(sessions(f -> f.queryPattern("a{2"))::checkPatterns)
        .hasMessageStartingWith("parameter queryPattern");
  }

  @Test
  void strangersFunctionsAndSettingsMeanNothingToUs() throws SQLException {
    StubbornClients.Client client = clients.idle();
    SERVER.execute(
        database,
        "create schema trap; create function trap.pg_terminate_backend(integer) returns boolean"
            + " language sql as 'select false'; create function trap.pg_backend_pid() returns"
            + " integer language sql as 'select 1'; alter database "
            + database
            + " set search_path = trap, pg_catalog; alter database "
            + database
            + " set TimeZone = 'Asia/Kolkata'; alter database "
            + database
            + " set DateStyle = 'German'");
    try (Server inside =
        ServerConnector.toLook(TestConnection.to(SERVER, database).through(database).settings())
            .connect()) {
      Sessions sessions =
          Sessions.of(
              inside, inside.findDatabase(database).orElseThrow(), SessionFilter.ALL_CLIENTS);
      Session session =
          sessions.select().stream()
              .map(Candidate::session)
              .filter(s -> s.pid() == client.pid())
              .findFirst()
              .orElseThrow();

      assertThat(session.backendStart()).endsWith("+00");
      assertThat(terminate(sessions, session, session.id().orElseThrow()))
          .isInstanceOf(SignalResult.Sent.class);
      Eventually.within(20, () -> !client.alive());
    }
  }

  private static SignalResult terminate(Sessions sessions, Session session, SessionId id) {
    return sessions.terminate(List.of(SignalTogetherTest.known(session, id))).get(id);
  }

  private static SignalResult cancel(Sessions sessions, Session session, SessionId id) {
    return sessions.cancel(List.of(SignalTogetherTest.known(session, id))).get(id);
  }

  private Sessions sessions(UnaryOperator<SessionFilter.Builder> filter) {
    return sessions(filter.apply(SessionFilter.builder()).build());
  }

  private Sessions sessions(SessionFilter filter) {
    return Sessions.of(server, server.findDatabase(database).orElseThrow(), filter);
  }

  private static Session only(Sessions sessions) {
    List<Candidate> candidates = sessions.select();
    assertThat(candidates).hasSize(1);
    return candidates.get(0).session();
  }

  private static Set<Integer> pids(List<Candidate> candidates) {
    return candidates.stream()
        .map(candidate -> candidate.session().pid())
        .collect(Collectors.toSet());
  }

  private static void run(StubbornClients.Client client, String sql) throws SQLException {
    try (Statement statement = client.connection().createStatement()) {
      statement.execute(sql);
    }
  }

  private static Server connectTo(String database) {
    return ServerConnector.toLook(TestConnection.to(SERVER, database).settings()).connect();
  }
}
