package io.github.pgkill.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.RelationName;
import io.github.pgkill.model.SessionFilter;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.StubbornClients.Client;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is looked up at each look, and what is not looked at when nobody asked. */
class LockWatchTest {

  private static final TestServer SERVER = TestServer.shared();

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
        server.sessions(
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
    assertThat(sessions.terminate(sessions.select().get(0).session(), late.id()))
        .isInstanceOf(SignalResult.Sent.class);
  }

  @Test
  void theFilterIsJudgedAgainWithTheSignal() throws SQLException {
    SERVER.execute(database, "create table held ()");
    Client holder = clients.holdingLock("held");
    Sessions sessions =
        server.sessions(
            info(),
            SessionFilter.builder()
                .holdingLocksOn(List.of(new RelationName("public", "held")))
                .build());
    Candidate candidate = sessions.select().get(0);
    holder.connection().rollback();

    assertThat(sessions.terminate(candidate.session(), holder.id()))
        .isInstanceOf(SignalResult.NoMatch.class);
    assertThat(holder.alive()).isTrue();
  }

  @Test
  void nobodysLocksAreLookedAtForASignalThatDoesNotAskForThem() throws SQLException {
    Client client = clients.idle();

    String plan = plan(client, "false", "true");
    assertThat(scans(plan, "pg_lock_status")).as(plan).isNotEmpty().containsOnly("never executed");
    assertThat(scans(plan, "pg_stat_get_progress_info")).as(plan).containsOnly("never executed");

    assertThat(scans(plan(client, "true", "true"), "pg_lock_status")).contains("executed");
    assertThat(scans(plan(client, "false", "false"), "pg_lock_status")).contains("executed");
  }

  /** How the server chooses that session, by the one plan that it makes for all values. */
  private String plan(Client client, String rootBlockersOnly, String interruptMigrations)
      throws SQLException {
    String sql = Sql.named("terminate-session").replace("pg_terminate_backend(", "abs(");
    for (int i = 1; i <= FilterBinding.PARAMETERS + 1; i++) {
      sql = sql.replaceFirst("\\?", Matcher.quoteReplacement("$" + i));
    }
    List<String> values = new ArrayList<>(Collections.nCopies(FilterBinding.PARAMETERS, "null"));
    values.set(0, Integer.toString(client.pid()));
    values.set(1, Long.toString(info().oid()));
    values.set(9, "false");
    values.set(11, "false");
    values.set(19, "'{client backend}'");
    values.set(27, rootBlockersOnly);
    values.set(30, interruptMigrations);
    values.add("'" + client.backendStart() + "'");
    List<String> plan = new ArrayList<>();
    try (Connection connection = SERVER.connect("postgres", TestServer.SUPERUSER);
        Statement statement = connection.createStatement()) {
      statement.execute("set plan_cache_mode = force_generic_plan; set TimeZone = 'UTC'");
      statement.execute("prepare choice as " + sql);
      String execute = "execute choice (" + String.join(", ", values) + ")";
      try (ResultSet rows = statement.executeQuery("explain (analyze, costs off) " + execute)) {
        while (rows.next()) {
          plan.add(rows.getString(1));
        }
      }
    }
    return String.join("\n", plan);
  }

  private static List<String> scans(String plan, String function) {
    List<String> scans = new ArrayList<>();
    Matcher scan =
        Pattern.compile("Function Scan on (?:pg_catalog\\.)?" + function + " .*").matcher(plan);
    while (scan.find()) {
      scans.add(scan.group().contains("never executed") ? "never executed" : "executed");
    }
    return scans;
  }

  private DatabaseInfo info() {
    return server.findDatabase(database).orElseThrow();
  }
}
