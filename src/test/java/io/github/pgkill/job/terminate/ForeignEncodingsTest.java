package io.github.pgkill.job.terminate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people write in another encoding than the connection's is compared, shown and survived. */
class ForeignEncodingsTest {

  private static final TestServer SERVER = TestServer.shared();
  private static final List<String> ENCODINGS = List.of("LATIN1", "WIN1252", "SQL_ASCII", "EUC_JP");

  /** A name that is no text in UTF-8, and has no character in WIN1252. */
  private static final String ODD_ROLE = "E'odd \\xe9\\x81'";

  private String target;

  @BeforeAll
  static void createMaintenanceDatabases() throws SQLException {
    for (String encoding : ENCODINGS) {
      SERVER.execute("create database by_" + encoding + options(encoding));
    }
  }

  @AfterAll
  static void dropThem() throws SQLException {
    for (String encoding : ENCODINGS) {
      SERVER.execute("drop database by_" + encoding);
    }
  }

  private static String options(String encoding) {
    return " encoding '" + encoding + "' lc_collate 'C' lc_ctype 'C' template template0";
  }

  @BeforeEach
  void nameATarget() throws SQLException {
    target = SERVER.createDatabase();
  }

  @AfterEach
  void dropOddRole() throws SQLException {
    SERVER.execute(
        "by_sql_ascii",
        "do $$ declare r name; begin"
            + " for r in select rolname from pg_roles where rolname like 'odd%' loop"
            + " execute format('drop role %I', r); end loop; end $$");
  }

  private void encode(String encoding) throws SQLException {
    SERVER.execute("drop database " + target);
    SERVER.execute("create database " + target + options(encoding));
  }

  /** The character before what is looked for is one byte there, and none in UTF-8. */
  @ParameterizedTest
  @ValueSource(strings = {"LATIN1", "WIN1252", "SQL_ASCII"})
  void anAccentRightBeforeThePatternHidesNothing(String encoding) throws SQLException {
    encode(encoding);
    try (Connection spared = running("select 'caf" + (char) 0xe9 + "keep me'");
        Connection meant = running("select 'caf" + (char) 0xe9 + "drop me'")) {
      SessionId sparedId = id(spared);
      SessionId meantId = id(meant);

      Termination termination =
          TestJob.on(SERVER, target).filter(f -> f.excludeQueryPattern("keep")).run();

      assertThat(SERVER.alive(sparedId.pid(), sparedId.backendStart())).isTrue();
      assertThat(SERVER.alive(meantId.pid(), meantId.backendStart())).isFalse();
      Session shown = TestJob.resultOf(termination, sparedId).session();
      assertThat(shown.query()).isEqualTo("select 'caf" + (char) 0xe9 + "keep me'");

      TestJob.on(SERVER, target)
          .filter(f -> f.queryPattern("f\\Wkeep|f" + (char) 0xe9 + "k"))
          .run();
      assertThat(SERVER.alive(sparedId.pid(), sparedId.backendStart())).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({"EUC_JP, postgres", "UTF8, by_sql_ascii", "UTF8, by_win1252", "LATIN1, by_win1252"})
  void whereEncodingsCannotBeComparedThePatternIsRefused(String encoding, String through)
      throws SQLException {
    encode(encoding);
    try (Connection client = running("select 1")) {
      SessionId id = id(client);
      TestJob job =
          TestJob.on(SERVER, target)
              .connection(c -> c.through(through))
              .filter(f -> f.excludeQueryPattern("keep"));

      assertThatThrownBy(job::run)
          .isInstanceOf(InvalidParameter.class)
          .hasMessageContainingAll("excludeQueryPattern", encoding, through)
          .extracting(e -> ((InvalidParameter) e).remedy().orElseThrow())
          .asString()
          .contains("-Dpgkill.maintenanceDatabase=");
      assertThat(SERVER.alive(id.pid(), id.backendStart())).isTrue();
    }
  }

  /** One encoding on both sides is compared as it is. */
  @Test
  void theTargetsOwnEncodingWillDo() throws SQLException {
    encode("WIN1252");
    try (Connection client = running("select '" + (char) 0xe9 + "keep'")) {
      SessionId id = id(client);
      TestJob.on(SERVER, target)
          .connection(c -> c.through("by_win1252"))
          .filter(f -> f.excludeQueryPattern((char) 0xe9 + "keep"))
          .run();
      assertThat(SERVER.alive(id.pid(), id.backendStart())).isTrue();
    }
  }

  @Test
  void aPreparedTransactionsNameIsComparedInItsOwnEncodingOrNotAtAll() throws SQLException {
    encode("LATIN1");
    try (Connection client = running("begin; create table t()")) {
      run(client, "prepare transaction 'caf" + (char) 0xe9 + "-orders'");
    }
    assertThat(TestJob.on(SERVER, target).run().verdict().status())
        .isEqualTo(Verdict.Status.SUCCESS);
    TestJob job = TestJob.on(SERVER, target).rollingBack("^caf.-orders$", Duration.ZERO);

    assertThatThrownBy(job::run)
        .isInstanceOf(InvalidParameter.class)
        .hasMessageContainingAll("preparedGid", "LATIN1", "UTF8", "database postgres");
    assertThat(prepared()).hasSize(1);

    job.connection(c -> c.through("by_latin1")).run();
    assertThat(prepared()).isEmpty();
  }

  @Test
  void aPlainNameOfAPreparedTransactionIsComparedFromAnywhere() throws SQLException {
    encode("LATIN1");
    try (Connection client = running("begin; create table t()")) {
      run(client, "prepare transaction E'\\\\351-orders'");
    }
    TestJob.on(SERVER, target).rollingBack("-orders$", Duration.ZERO).run();
    assertThat(prepared()).isEmpty();
  }

  private List<String> prepared() throws SQLException {
    return SERVER.query(
        "select transaction::text from pg_prepared_xacts where database = ?", target);
  }

  /** Liquibase's table is looked for in every text, whatever stands before its name. */
  @Test
  void aMigrationIsFoundBehindAnAccent() throws SQLException {
    encode("LATIN1");
    try (Connection client = SERVER.connect(target, TestServer.SUPERUSER)) {
      client.setAutoCommit(false);
      run(client, "select '" + (char) 0xe9 + "databasechangelog'");
      TestJob job = TestJob.on(SERVER, target);
      assertThatThrownBy(job::run).hasMessageContaining("works for Liquibase");
    }
  }

  /** Neither a role's name nor a query that is no text stops a goal or hides a session. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "by_win1252", "by_sql_ascii", "by_latin1"})
  void whatIsNoTextStopsNoGoal(String through) throws SQLException {
    encode("LATIN1");
    SERVER.execute(
        "by_sql_ascii",
        "do $$ begin execute format('create role %I superuser login', " + ODD_ROLE + "); end $$");
    try (Connection client = running("select '" + (char) 0x81 + (char) 0xe9 + "'")) {
      run(
          client,
          "do $$ declare r name; begin select rolname into r from pg_roles where rolname like"
              + " 'odd%'; execute format('set session authorization %I', r); end $$");
      run(client, "select '" + (char) 0x81 + (char) 0xe9 + "'");
      SessionId id = id(client);

      Termination termination =
          TestJob.on(SERVER, target).connection(c -> c.through(through)).run();

      assertThat(TestJob.resultOf(termination, id).outcome().word()).isEqualTo("gone");
      assertThat(TestJob.resultOf(termination, id).session().query())
          .isEqualTo("select '" + (char) 0x81 + (char) 0xe9 + "'");
    }
  }

  private Connection running(String sql) throws SQLException {
    Connection connection = SERVER.connect(target, TestServer.SUPERUSER);
    run(connection, sql);
    return connection;
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Asked of another session: the query that this one shows stays the one that it ran. */
  private static SessionId id(Connection connection) throws SQLException {
    int pid = connection.unwrap(org.postgresql.PGConnection.class).getBackendPID();
    try (Connection other = SERVER.connect("postgres", TestServer.SUPERUSER);
        Statement statement = other.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select backend_start::text from pg_stat_get_activity(" + pid + ")")) {
      row.next();
      return new SessionId(SERVER.node(), pid, row.getString(1));
    }
  }
}
