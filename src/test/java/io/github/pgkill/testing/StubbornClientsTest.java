package io.github.pgkill.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.testing.StubbornClients.Client;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class StubbornClientsTest {

  private final TestServer server = TestServer.shared();
  private String database;

  @BeforeEach
  void freshDatabase() throws SQLException {
    database = server.createDatabase();
    server.execute(database, "create table wanted()");
  }

  @Test
  void eachKindIsInTheStateItsNameSays() throws SQLException {
    try (StubbornClients clients = StubbornClients.of(server, database)) {
      assertThat(stateOf(clients.idle())).isEqualTo("idle");
      assertThat(stateOf(clients.idleInTransaction())).isEqualTo("idle in transaction");
      assertThat(stateOf(clients.idleInAbortedTransaction()))
          .isEqualTo("idle in transaction (aborted)");
      assertThat(stateOf(clients.active())).isEqualTo("active");
      Client holder = clients.holdingLock("wanted");
      Client waiter = clients.waitingForLock("wanted");
      assertThat(server.query("select (pg_blocking_pids(?))[1]", waiter.pid()))
          .containsExactly(Integer.toString(holder.pid()));
    }
  }

  @Test
  void closingEndsAllOfThem() throws SQLException {
    StubbornClients clients = StubbornClients.of(server, database);
    clients.idle(3);
    clients.active();
    clients.storm(2);
    assertThat(sessions()).isEqualTo(6);

    clients.close();

    Eventually.within(20, () -> sessions() == 0);
  }

  @Test
  void logsInAsToldTo() throws SQLException {
    String role = server.createRole("login");
    try (StubbornClients clients = StubbornClients.of(server, database)) {
      Client client = clients.as(role, "an IDE").idle();

      assertThat(
              server.query(
                  "select usename || ',' || application_name from pg_stat_activity where pid = ?",
                  client.pid()))
          .containsExactly(role + ",an IDE");
    }
  }

  @Test
  void stormComesBackUntilTheDoorIsClosed() throws SQLException {
    String role = server.createRole("login");
    try (StubbornClients clients = StubbornClients.of(server, database)) {
      StubbornClients.Storm storm = clients.as(role, "pool").storm(5);

      terminateAll();
      Eventually.within(20, () -> storm.connections() >= 10 && sessions() == 5);

      server.execute("alter database " + database + " allow_connections false");
      terminateAll();
      Eventually.within(20, () -> sessions() == 0 && storm.lastRefusal().isPresent());
    }
  }

  private String stateOf(Client client) throws SQLException {
    return server.query("select state from pg_stat_activity where pid = ?", client.pid()).get(0);
  }

  private int sessions() throws SQLException {
    return server.query("select 1 from pg_stat_activity where datname = ?", database).size();
  }

  private void terminateAll() throws SQLException {
    server.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = ?", database);
  }
}
