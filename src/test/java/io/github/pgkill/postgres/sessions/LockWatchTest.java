package io.github.pgkill.postgres.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.value.RelationName;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerConnector;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.StubbornClients.Client;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestServer;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is looked up at each look, and what is not looked at when nobody asked. */
class LockWatchTest {

  private static final TestServer SERVER = TestServer.shared();
  private static final List<RelationName> ANY = List.of(new RelationName("public", "held"));

  private String database;
  private StubbornClients clients;
  private Server server;

  @BeforeEach
  void open() throws SQLException {
    database = SERVER.createDatabase();
    clients = StubbornClients.of(SERVER, database);
    server = ServerConnector.toLook(TestConnection.to(SERVER, database).settings()).connect();
  }

  @AfterEach
  void close() throws SQLException {
    server.close();
    clients.close();
  }

  @Test
  void aTableThatIsMadeMeanwhileCounts() throws SQLException {
    SERVER.execute(database, "create table parts (id int) partition by list (id)");
    Sessions sessions =
        Sessions.of(
            server,
            info(),
            SessionFilter.builder()
                .holdingLocksOn(List.of(new RelationName("public", "parts")))
                .build());
    assertThat(sessions.select()).isEmpty();

    SERVER.execute(database, "create table made_later partition of parts for values in (1)");
    Client late = clients.idle();
    late.connection().setAutoCommit(false);
    try (Statement statement = late.connection().createStatement()) {
      statement.execute("select from made_later");
    }

    assertThat(sessions.select()).extracting(c -> c.session().pid()).containsExactly(late.pid());
    assertThat(sessions.terminate(List.of(sessions.select().get(0).session())))
        .containsExactly(Map.entry(late.id(), new SignalResult.Sent()));
  }

  @Test
  void theFilterIsJudgedAgainWithTheSignal() throws SQLException {
    SERVER.execute(database, "create table held ()");
    Client holder = clients.holdingLock("held");
    Sessions sessions =
        Sessions.of(server, info(), SessionFilter.builder().holdingLocksOn(ANY).build());
    Candidate candidate = sessions.select().get(0);
    holder.connection().rollback();

    assertThat(sessions.terminate(List.of(candidate.session())))
        .containsExactly(Map.entry(holder.id(), new SignalResult.NoMatch()));
    assertThat(holder.alive()).isTrue();
  }

  @Test
  void nobodysLocksAreLookedAtForASignalThatDoesNotAskForThem() {
    assertThat(signal(SessionFilter.ALL_CLIENTS)).doesNotContain("pg_locks", "pg_blocking_pids");
    assertThat(signal(SessionFilter.builder().rootBlockersOnly(true).build()))
        .contains("pg_locks", "pg_blocking_pids");
    assertThat(signal(SessionFilter.builder().holdingLocksOn(ANY).build()))
        .contains("pg_locks")
        .doesNotContain("pg_blocking_pids");
  }

  private static String signal(SessionFilter filter) {
    return SignalStatement.sql("sessions/terminate-sessions", filter).text();
  }

  private DatabaseInfo info() {
    return server.findDatabase(database).orElseThrow();
  }
}
