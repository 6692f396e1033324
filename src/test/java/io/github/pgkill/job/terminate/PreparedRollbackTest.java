package io.github.pgkill.job.terminate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.host.StepResult;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.prepared.PreparedRule;
import io.github.pgkill.model.prepared.PreparedTransaction;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerConnector;
import io.github.pgkill.postgres.prepared.PreparedTransactions;
import io.github.pgkill.postgres.prepared.RollbackResult;
import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Prepared transactions: named always, rolled back by the rule only, as a role that may. */
class PreparedRollbackTest {

  private static final TestServer SERVER = TestServer.shared();
  private static final Duration ANY_AGE = Duration.ZERO;

  private String database;
  private StubbornClients clients;

  @BeforeEach
  void database() throws SQLException {
    database = SERVER.createDatabase();
    SERVER.execute(
        database, "create table wanted(n int); grant all on wanted to public;" + schemaForAll());
    clients = StubbornClients.of(SERVER, database);
  }

  private static String schemaForAll() {
    return "grant all on schema public to public";
  }

  /** What a test leaves prepared would be in the way of others' restarts. */
  @AfterEach
  void end() throws SQLException {
    clients.close();
    if (SERVER.query("select 1 from pg_database where datname = ?", database).isEmpty()) {
      return;
    }
    try (Connection connection = SERVER.connect(database, TestServer.SUPERUSER);
        Statement statement = connection.createStatement()) {
      for (String gid : gids()) {
        statement.execute("rollback prepared " + quoted(gid));
      }
    }
  }

  @Test
  void withoutBeingAskedForTheyAreNamedAndLeftAlone() throws SQLException {
    prepare("order-1", TestServer.SUPERUSER);
    StubbornClients.Client victim = clients.idle();
    TestJob job = TestJob.on(SERVER, database).closeWith(CloseWith.REVOKE);
    Termination done = job.run();
    assertThat(done.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(victim.alive()).isFalse();
    assertThat(done.verdict().remarks())
        .singleElement()
        .asString()
        .contains(
            "prepared transaction order-1 of role postgres, prepared ",
            "holding 1 lock, is left",
            "ROLLBACK PREPARED 'order-1';  -- in database " + database + ", as postgres");
    PreparedTransaction reported = job.report().surroundings().prepared().get(0);
    assertThat(reported.gid()).isEqualTo("order-1");
    assertThat(reported.database()).isEqualTo(database);
    assertThat(reported.locks()).isEqualTo(1);
    assertThat(gids()).containsExactly("order-1");
  }

  @Test
  void theStatementShownForANameWithHiddenCharactersNamesThatVeryTransaction() throws SQLException {
    String hidden = "or\u200Bder'\\1";
    prepare(hidden, TestServer.SUPERUSER);
    prepare("order'\\1", TestServer.SUPERUSER);
    TestJob job = TestJob.on(SERVER, database);
    job.run();
    PreparedTransaction reported =
        job.report().surroundings().prepared().stream()
            .filter(transaction -> transaction.gid().equals(hidden))
            .findFirst()
            .orElseThrow();
    String shown = PreparedTransactions.statement(reported);
    assertThat(shown).isEqualTo("ROLLBACK PREPARED E'or\\u200Bder''\\\\1';");
    SERVER.execute(database, shown);
    assertThat(gids()).containsExactly("order'\\1");
  }

  @ParameterizedTest
  @EnumSource
  void behindEveryDoorThoseThatMatchAreRolledBackAndNoOthers(CloseWith door) throws SQLException {
    prepare("order-1", TestServer.SUPERUSER);
    prepare("ORDER-2", TestServer.SUPERUSER);
    prepare("invoice-1", TestServer.SUPERUSER);
    StubbornClients.Client victim = clients.idle();
    TestJob job = TestJob.on(SERVER, database).closeWith(door).rollingBack("^order-[0-9]", ANY_AGE);
    Termination done = job.run();
    assertThat(done.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(victim.alive()).isFalse();
    assertThat(gids()).containsExactly("ORDER-2", "invoice-1");
    assertThat(done.verdict().remarks()).hasSize(2).noneMatch(r -> r.contains(" order-1 "));
    assertThat(job.report().surroundings().prepared()).hasSize(3);
    assertThat(job.report().surroundings().steps())
        .singleElement()
        .satisfies(
            step -> {
              assertThat(step.what()).isEqualTo("ROLLBACK PREPARED 'order-1';");
              assertThat(step.status()).isEqualTo(StepResult.Status.DONE);
            });
    assertThat(SERVER.query("select 1 from pg_stat_activity where datname = ?", database))
        .isEmpty();
  }

  @Test
  void anotherOneUnderTheSameGidIsNotHit() throws SQLException {
    prepare("order-1", TestServer.SUPERUSER);
    PreparedRule rule = new PreparedRule("order", ANY_AGE);
    ConnectionSettings inside = TestConnection.to(SERVER, database).through(database).settings();
    try (Server server = ServerConnector.toLook(inside).connect()) {
      PreparedTransactions all =
          new PreparedTransactions(server, server.findDatabase(database).orElseThrow());
      PreparedTransaction old = all.look(rule).get(0).transaction();
      SERVER.execute(database, "rollback prepared 'order-1'");
      assertThat(all.rollBack(old, rule)).isInstanceOf(RollbackResult.NoMatch.class);
      prepare("order-1", TestServer.SUPERUSER);
      assertThat(all.rollBack(old, rule)).isInstanceOf(RollbackResult.NoMatch.class);
      assertThat(gids()).containsExactly("order-1");
      PreparedTransaction present = all.look(rule).get(0).transaction();
      assertThat(all.rollBack(present, new PreparedRule("order", Duration.ofHours(1))))
          .isInstanceOf(RollbackResult.NoMatch.class);
      assertThat(all.rollBack(present, rule)).isInstanceOf(RollbackResult.RolledBack.class);
      assertThat(gids()).isEmpty();
    }
  }

  @Test
  void theYoungAreSpared() throws SQLException {
    prepare("order-1", TestServer.SUPERUSER);
    Termination done =
        TestJob.on(SERVER, database).rollingBack("order", Duration.ofMinutes(10)).run();
    assertThat(done.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(done.verdict().remarks()).singleElement().asString().contains("order-1");
    assertThat(gids()).containsExactly("order-1");
  }

  @Test
  void anEmptyMatchRollsBackNothing() throws SQLException {
    prepare("order-1", TestServer.SUPERUSER);
    TestJob.on(SERVER, database).rollingBack("no such gid", ANY_AGE).run();
    assertThat(gids()).containsExactly("order-1");
  }

  @Test
  void thoseOfOtherDatabasesAreNotLookedAt() throws SQLException {
    String other = SERVER.createDatabase();
    SERVER.execute(other, "create table wanted(n int)");
    try (Connection connection = SERVER.connect(other, TestServer.SUPERUSER)) {
      prepare(connection, "elsewhere-" + other);
    }
    Termination done = TestJob.on(SERVER, database).rollingBack("elsewhere", ANY_AGE).run();
    assertThat(done.verdict().remarks()).isEmpty();
    assertThat(SERVER.query("select gid from pg_prepared_xacts where database = ?", other))
        .hasSize(1);
    SERVER.execute(other, "rollback prepared 'elsewhere-" + other + "'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "it's; drop table wanted --",
        "back\\slash\\'",
        "two\nlines\t\u001b[1A",
        "\u202ereversed\u2066 \u00e4\u20ac\ud83d\ude00",
        "E'$$'$$\"%L%I",
        LONGEST
      })
  void hostileGidsAreNamedOnOneLineAndRolledBack(String gid) throws SQLException {
    prepare(gid, TestServer.SUPERUSER);
    Termination named = TestJob.on(SERVER, database).run();
    assertThat(named.verdict().remarks())
        .singleElement()
        .asString()
        .doesNotContain("\n")
        .doesNotContain("\u001b")
        .doesNotContain("\u202e");
    TestJob job = TestJob.on(SERVER, database).rollingBack("", ANY_AGE);
    assertThat(job.run().verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(gids()).isEmpty();
    assertThat(job.report().surroundings().prepared().get(0).gid()).isEqualTo(gid);
  }

  private static final String LONGEST =
      "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
          + "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
          + "'zzzzzzzzzzzzzzzzzz";

  @Test
  void theNamedStatementDoesWhatItSays() throws SQLException {
    prepare("a\u2066b'c\\d\ne", TestServer.SUPERUSER);
    String remark = TestJob.on(SERVER, database).run().verdict().remarks().get(0);
    SERVER.execute(database, remark.replaceAll(".*to end it: (.*;)  -- .*", "$1"));
    assertThat(gids()).isEmpty();
  }

  @Test
  void aMemberBecomesTheOwnerForIt() throws SQLException {
    String owner = SERVER.createRole("login");
    String ci = SERVER.createRole("login noinherit in role " + owner + ", pg_signal_backend");
    prepare("order-1", owner);
    Termination done = TestJob.on(SERVER, database).as(ci).rollingBack("order", ANY_AGE).run();
    assertThat(done.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(gids()).isEmpty();
  }

  @Test
  void aStrangerIsRefusedBeforeAnybodyIsTouched() throws SQLException {
    String owner = SERVER.createRole("login");
    String ci = SERVER.createRole("login in role pg_signal_backend, pg_read_all_stats");
    prepare("order-1", owner);
    StubbornClients.Client bystander = clients.as(owner, "pool").idle();
    TestJob job = TestJob.on(SERVER, database).as(ci).rollingBack("order", ANY_AGE);
    assertThatThrownBy(job::run)
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("role " + ci + " may not roll back prepared transaction order-1")
        .satisfies(
            e ->
                assertThat(((PgkillException) e).remedy().orElseThrow())
                    .startsWith("Connect as " + owner));
    assertThat(bystander.alive()).isTrue();
    assertThat(gids()).containsExactly("order-1");
  }

  @Test
  void aDatabaseThatLetsNobodyInIsToldBeforeAnybodyIsTouched() throws SQLException {
    prepare("order-1", TestServer.SUPERUSER);
    StubbornClients.Client bystander = clients.idle();
    SERVER.execute("alter database " + database + " allow_connections false");
    TestJob job = TestJob.on(SERVER, database).rollingBack("order", ANY_AGE);
    assertThatThrownBy(job::run)
        .isInstanceOf(PgkillException.class)
        .hasMessageContaining("not currently accepting connections");
    assertThat(bystander.alive()).isTrue();
    SERVER.execute("alter database " + database + " allow_connections true");
  }

  @Test
  void aMalformedPatternIsRefusedBeforeAnybodyIsTouched() throws SQLException {
    prepare("order-1", TestServer.SUPERUSER);
    StubbornClients.Client bystander = clients.idle();
    TestJob job = TestJob.on(SERVER, database).rollingBack("order(", ANY_AGE);
    assertThatThrownBy(job::run)
        .isInstanceOf(InvalidParameter.class)
        .hasMessageContaining("parameter preparedGid: 'order('");
    DropJobs drop = DropJobs.on(SERVER, database).rollingBack("order(", ANY_AGE);
    assertThatThrownBy(drop::drop).isInstanceOf(InvalidParameter.class);
    assertThat(bystander.alive()).isTrue();
    assertThat(gids()).containsExactly("order-1");
  }

  @Test
  void aDryRunShowsTheStatementsInTheirOrderAndTouchesNothing() throws SQLException {
    prepare("order-1", TestServer.SUPERUSER);
    StubbornClients.Client bystander = clients.idle();
    TestJob job = TestJob.on(SERVER, database).rollingBack("order", ANY_AGE).dryRun();
    Termination rehearsed = job.run();
    assertThat(rehearsed.statements()).hasSize(2);
    assertThat(rehearsed.statements().get(0)).contains("pg_terminate_backend");
    assertThat(rehearsed.statements().get(1)).startsWith("ROLLBACK PREPARED 'order-1';");
    assertThat(job.report().surroundings().steps())
        .extracting(StepResult::status)
        .containsExactly(StepResult.Status.PLANNED);
    Termination drop = DropJobs.on(SERVER, database).rollingBack("order", ANY_AGE).dryRun().drop();
    List<String> statements = drop.statements();
    assertThat(statements.get(statements.size() - 2)).startsWith("ROLLBACK PREPARED");
    assertThat(statements.get(statements.size() - 1)).startsWith("DROP DATABASE");
    assertThat(bystander.alive()).isTrue();
    assertThat(gids()).containsExactly("order-1");
  }

  @Test
  void aDatabaseIsDroppedWithThem() throws SQLException {
    prepare("order-1", TestServer.SUPERUSER);
    clients.idleInTransaction();
    DropJobs.on(SERVER, database).rollingBack("^order", ANY_AGE).drop();
    assertThat(SERVER.query("select 1 from pg_database where datname = ?", database)).isEmpty();
    assertThat(gids()).isEmpty();
  }

  /** The statement that is shown says more for a member than the one that is promised. */
  @ParameterizedTest
  @ValueSource(strings = {"order-1", "or\u200Bder'\\1"})
  void aMemberOfTheirOwnerDropsADatabaseWithThem(String gid) throws SQLException {
    String owner = SERVER.createRole("login");
    String ci =
        SERVER.createRole(
            "login noinherit in role " + owner + ", pg_signal_backend, pg_read_all_stats");
    SERVER.execute("postgres", "alter database " + database + " owner to " + ci);
    SERVER.execute("postgres", "grant execute on function pg_control_system() to " + ci);
    prepare(gid, owner);
    DropJobs drop = DropJobs.on(SERVER, database).as(ci).rollingBack("order|1", ANY_AGE);
    drop.drop();
    assertThat(SERVER.query("select 1 from pg_database where datname = ?", database)).isEmpty();
    assertThat(gids()).isEmpty();
  }

  @Test
  void aDatabaseIsRecreatedWithoutThem() throws SQLException {
    prepare("order-1", TestServer.SUPERUSER);
    clients.idle();
    DropJobs.on(SERVER, database).rollingBack("^order", ANY_AGE).recreate();
    assertThat(gids()).isEmpty();
    try (Connection connection = SERVER.connect(database, TestServer.SUPERUSER);
        Statement statement = connection.createStatement()) {
      assertThatThrownBy(() -> statement.execute("table wanted")).isInstanceOf(SQLException.class);
    }
  }

  @Test
  void oneThatTheRuleSparesStopsTheDropBeforeAnybodyIsTouched() throws SQLException {
    prepare("order-1", TestServer.SUPERUSER);
    prepare("invoice-1", TestServer.SUPERUSER);
    StubbornClients.Client bystander = clients.idle();
    DropJobs drop = DropJobs.on(SERVER, database).rollingBack("^order", ANY_AGE);
    assertThatThrownBy(drop::drop)
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("invoice-1")
        .hasMessageNotContaining("order-1");
    assertThat(bystander.alive()).isTrue();
    assertThat(gids()).containsExactly("invoice-1", "order-1");
  }

  @Test
  void thoseOfARestartedServerAreFoundWithTheirLocksToo() throws SQLException {
    try (TestServer own = TestServer.start(java.util.Map.of())) {
      String app = own.createDatabase();
      own.execute(app, "create table wanted(n int)");
      try (Connection connection = own.connect(app, TestServer.SUPERUSER)) {
        prepare(connection, "order-1");
      }
      own.restart();
      TestJob job = TestJob.on(own, app).rollingBack("order", ANY_AGE);
      job.run();
      assertThat(job.report().surroundings().prepared().get(0).locks()).isEqualTo(1);
      assertThat(own.query("select gid from pg_prepared_xacts")).isEmpty();
    }
  }

  private void prepare(String gid, String role) throws SQLException {
    try (Connection connection = SERVER.connect(database, role)) {
      prepare(connection, gid);
    }
  }

  private static void prepare(Connection connection, String gid) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("begin");
      statement.execute("insert into wanted values (1)");
      statement.execute("prepare transaction " + quoted(gid));
    }
  }

  private List<String> gids() throws SQLException {
    return SERVER.query(
        "select gid from pg_prepared_xacts where database = ? order by gid collate \"C\"",
        database);
  }

  private static String quoted(String gid) throws SQLException {
    try (Connection connection = SERVER.connect(TestServer.SUPERUSER, TestServer.SUPERUSER);
        PreparedStatement statement = connection.prepareStatement("select quote_literal(?)")) {
      statement.setString(1, gid);
      var rows = statement.executeQuery();
      rows.next();
      return rows.getString(1);
    }
  }
}
