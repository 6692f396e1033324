package io.github.pgkill.postgres.sessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.value.NamePattern;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerConnector;
import io.github.pgkill.postgres.core.Sql;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.StubbornClients.Client;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Some hundred sessions are judged and signalled in one statement, and each has an outcome of its
 * own, however the planner goes about the signalling.
 */
@Tag("slow")
@Tag("newest")
class SignalTogetherTest {

  private static TestServer machine;

  private String database;
  private StubbornClients clients;

  @BeforeAll
  static void start() {
    machine = TestServer.start(Map.of("max_connections", "400"));
  }

  @AfterAll
  static void stop() {
    machine.close();
  }

  @BeforeEach
  void open() throws SQLException {
    database = machine.createDatabase();
    clients = StubbornClients.of(machine, database);
  }

  @AfterEach
  void end() throws SQLException {
    clients.close();
  }

  @Test
  void oneWhomTheServerRefusesInTheMiddleCostsNoOtherItsOutcome() throws SQLException {
    String app = machine.createRole("login");
    String me = machine.createRole("login in role pg_signal_backend, pg_read_all_stats");
    clients.as(app, "one").idle(150);
    Client refused = clients.idle();
    clients.as(app, "two").idle(149);

    Termination termination = TestJob.on(machine, database).as(me).run();

    assertThat(termination.results()).hasSize(300);
    assertThat(termination.results())
        .filteredOn(result -> result.session().pid() != refused.pid())
        .hasSize(299)
        .allMatch(result -> result.outcome() instanceof Outcome.Gone);
    assertThat(TestJob.resultOf(termination, refused.id()).outcome())
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            outcome ->
                assertThat(outcome.reason())
                    .containsAnyOf("must be a superuser", "permission denied to terminate"));
    assertThat(termination.statements())
        .hasSize(300)
        .doesNotHaveDuplicates()
        .contains(Sessions.statement(refused.id()));
    assertThat(refused.alive()).isTrue();
    assertThat(left()).isEqualTo(1);
  }

  @Test
  void oneWhomNobodyCouldForeseeBreaksTheStatementOffAndNoMore() throws SQLException {
    String app = machine.createRole("login");
    String promoted = machine.createRole("login");
    String me = machine.createRole("login in role pg_signal_backend, pg_read_all_stats");
    List<Client> others = new ArrayList<>(clients.as(app, "one").idle(20));
    Client refused = clients.as(promoted, "promoted").idle();
    others.addAll(clients.as(app, "two").idle(20));
    try (Server server = connect(me)) {
      Sessions sessions = Sessions.of(server, info(server), SessionFilter.ALL_CLIENTS);
      List<Session> found = found(sessions);
      force(server);
      machine.execute("alter role " + promoted + " superuser");

      Map<SessionId, SignalResult> results = sessions.terminate(found);

      assertThat(results).hasSize(41);
      assertThat(results.get(refused.id())).isInstanceOf(SignalResult.Refused.class);
      for (Client other : others) {
        assertThat(results.get(other.id())).isInstanceOf(SignalResult.Sent.class);
      }
      Eventually.within(20, () -> left() == 1);
      assertThat(refused.alive()).isTrue();
    }
  }

  @Test
  void nobodyIsHitWhoBeganAMicrosecondApart() throws SQLException {
    List<Client> all = clients.idle(60);
    try (Server server = connect(TestServer.SUPERUSER)) {
      Sessions sessions = Sessions.of(server, info(server), SessionFilter.ALL_CLIENTS);
      List<Session> found = found(sessions);
      force(server);
      List<Session> wanted = new ArrayList<>();
      Map<Integer, String> later = later();
      Map<SessionId, Client> exact = new HashMap<>();
      Map<SessionId, Client> recycled = new HashMap<>();
      for (int i = 0; i < all.size(); i++) {
        Client client = all.get(i);
        boolean apart = i % 2 == 0;
        SessionId id =
            apart
                ? new SessionId(machine.node(), client.pid(), later.get(client.pid()))
                : client.id();
        (apart ? recycled : exact).put(id, client);
        wanted.add(known(found.get(i), id));
      }

      Map<SessionId, SignalResult> results = sessions.terminate(wanted);

      assertThat(results).hasSize(all.size());
      for (Map.Entry<SessionId, Client> one : exact.entrySet()) {
        assertThat(results.get(one.getKey())).isInstanceOf(SignalResult.Sent.class);
      }
      Eventually.within(20, () -> left() == recycled.size());
      for (Map.Entry<SessionId, Client> one : recycled.entrySet()) {
        assertThat(results.get(one.getKey())).isInstanceOf(SignalResult.NoMatch.class);
        assertThat(one.getValue().alive()).isTrue();
      }
    }
  }

  @Test
  void nobodyIsHitWhomTheFilterSparesByNow() throws SQLException {
    List<Client> all = clients.idle(21);
    Client spared = all.get(10);
    try (Server server = connect(TestServer.SUPERUSER)) {
      Sessions sessions =
          Sessions.of(
              server,
              info(server),
              SessionFilter.builder()
                  .excludeApplicationNames(List.of(new NamePattern("keep me", false)))
                  .build());
      List<Session> found = found(sessions);
      force(server);
      try (Statement statement = spared.connection().createStatement()) {
        statement.execute("set application_name = 'keep me'");
      }

      Map<SessionId, SignalResult> results = sessions.terminate(found);

      assertThat(results.remove(spared.id())).isInstanceOf(SignalResult.NoMatch.class);
      assertThat(results.values()).hasSize(20).allMatch(r -> r instanceof SignalResult.Sent);
      assertThat(spared.alive()).isTrue();
    }
  }

  @Test
  void aFilterThatFailsAtTheLastKillsNobody() throws SQLException {
    List<Client> all = clients.idle(20);
    Client last = all.get(19);
    try (Server server = connect(TestServer.SUPERUSER)) {
      Map<String, String> failing = new HashMap<>(FilterBinding.unasked(SessionFilter.ALL_CLIENTS));
      failing.put("sessions/holding-locks", "1 / (s.pid - " + last.pid() + ") is not null");
      List<SessionId> ids = all.stream().map(Client::id).toList();
      force(server);

      assertThatThrownBy(
              () ->
                  server.run(
                      connection ->
                          new SignalStatement(
                                  connection,
                                  Sql.named("sessions/terminate-sessions", failing),
                                  info(server),
                                  SessionFilter.ALL_CLIENTS,
                                  QueryReading.of(server, info(server), SessionFilter.ALL_CLIENTS),
                                  false)
                              .execute(ids, LockCriteria.NONE)))
          .hasMessageContaining("division by zero");
      for (Client client : all) {
        assertThat(client.alive()).isTrue();
      }
    }
  }

  /** From here on statements are planned in every way that they usually are not. */
  private static void force(Server server) throws SQLException {
    List<String> settings =
        machine.query(
            "select format('set %I = %L', s.name, coalesce(w.value, 'off'))"
                + " from pg_settings s left join (values ('jit', 'on'), ('jit_above_cost', '0'),"
                + " ('jit_inline_above_cost', '0'), ('jit_optimize_above_cost', '0'),"
                + " ('force_parallel_mode', 'on'), ('debug_parallel_query', 'on'),"
                + " ('min_parallel_table_scan_size', '0'), ('parallel_setup_cost', '0'),"
                + " ('parallel_tuple_cost', '0'), ('max_parallel_workers_per_gather', '4'))"
                + " w (name, value) using (name) where w.name is not null or s.name like"
                + " 'enable\\_%'");
    assertThat(settings).contains("set enable_hashjoin = 'off'", "set jit = 'on'");
    server.run(
        connection -> {
          try (Statement statement = connection.createStatement()) {
            return statement.execute(String.join("; ", settings));
          }
        });
  }

  private int left() throws SQLException {
    return Integer.parseInt(
        machine
            .query("select count(*)::text from pg_stat_activity where datname = ?", database)
            .get(0));
  }

  /** Each as if it had begun a microsecond later. */
  private Map<Integer, String> later() throws SQLException {
    Map<Integer, String> later = new HashMap<>();
    for (String row :
        machine.query(
            "select pid || ' ' || (backend_start + interval '1 us')::text from pg_stat_activity"
                + " where datname = ?",
            database)) {
      String[] parts = row.split(" ", 2);
      later.put(Integer.valueOf(parts[0]), parts[1]);
    }
    return later;
  }

  /** That session under another identity. */
  static Session known(Session session, SessionId id) {
    return new Session(
        id.node(),
        id.pid(),
        id.backendStart(),
        session.database(),
        session.user(),
        session.superuser(),
        session.applicationName(),
        session.client(),
        session.backendType(),
        session.state(),
        session.age(),
        session.transactionAge(),
        session.queryAge(),
        session.stateAge(),
        session.waitEvent(),
        session.query(),
        session.queryCut(),
        session.leaderPid(),
        session.blockedBy(),
        session.databaseOid(),
        session.userOid());
  }

  private static List<Session> found(Sessions sessions) {
    return sessions.select().stream().map(Candidate::session).toList();
  }

  private static Server connect(String user) {
    return ServerConnector.toLook(TestConnection.to(machine, "postgres").as(user).settings())
        .connect();
  }

  private DatabaseInfo info(Server server) {
    return server.findDatabase(database).orElseThrow();
  }
}
