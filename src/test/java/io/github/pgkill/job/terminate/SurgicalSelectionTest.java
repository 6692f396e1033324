package io.github.pgkill.job.terminate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.pgkill.job.lockout.LockoutJob;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.value.NamePattern;
import io.github.pgkill.model.value.RelationName;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.StubbornClients.Client;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code holdingLocksOn}: who is hit, who is not, and whether the lock can be had afterwards. */
class SurgicalSelectionTest {

  private static final TestServer SERVER = TestServer.shared();

  private static String database;
  private StubbornClients clients;

  @BeforeAll
  static void build() throws SQLException {
    database = SERVER.createDatabase();
    SERVER.execute(
        database,
        """
        create schema shop;
        create table shop.orders (id int primary key, note text);
        create table shop.archive () inherits (shop.orders);
        create table shop.items (id int, note text) partition by list (id);
        create table public.items1 partition of shop.items for values in (1);
        create index items1_id on public.items1 (id);
        create table public.other (id int);
        create view public.seen as select * from shop.orders;
        create schema "My Schema";
        create table "My Schema"."My.Table" (id int);
        create table public.orders (id int)
        """);
  }

  @BeforeEach
  void open() {
    clients = StubbornClients.of(SERVER, database);
  }

  @AfterEach
  void close() throws SQLException {
    clients.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "shop.orders        | lock table only shop.orders in access share mode",
        "Shop.ORDERS        | select from shop.orders",
        "shop.orders        | lock table only shop.archive in access share mode",
        "shop.orders        | select from public.seen",
        "public.seen        | select from public.seen",
        "shop.items         | lock table only public.items1 in row exclusive mode",
        "shop.items         | alter index public.items1_id set (fillfactor = 50)",
        "public.items1_id   | alter index public.items1_id set (fillfactor = 50)",
        "shop               | select from public.items1",
        "shop               | create table shop.fresh ()",
        "shop               | create function shop.f() returns int language sql as 'select 1'",
        "\"My Schema\".\"My.Table\" | select from \"My Schema\".\"My.Table\"",
        "\"My Schema\"      | select from \"My Schema\".\"My.Table\"",
      })
  void whoHoldsALockOnItOrAPartOfItIsHitAndNobodyElse(String name, String lock)
      throws SQLException {
    assumeTrue(
        SERVER.major() > 13 || !lock.startsWith("create function"),
        "on PostgreSQL 13 CREATE FUNCTION takes no lock on its schema");
    Client holder = holding(lock);
    List<Client> bystanders =
        List.of(
            clients.idle(),
            clients.idleInTransaction(),
            holding("lock table public.other in access exclusive mode"),
            holding("select from public.orders"));

    Termination termination = on(name).run();

    assertThat(TestJob.pids(termination)).containsExactly(holder.pid());
    assertThat(TestJob.outcomeOf(termination, holder)).isEqualTo("gone");
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(said(termination)).containsAnyOf("can be had: ACCESS EXCLUSIVE", "shows nobody");
    for (Client bystander : bystanders) {
      assertThat(bystander.alive()).isTrue();
    }
  }

  @Test
  void toastIsAPartOfItsTable() throws SQLException {
    String toast =
        queryIn(
            "select reltoastrelid::regclass::text from pg_class where oid='shop.orders'::regclass");
    Client holder = holding("select from " + toast);

    assertThat(TestJob.pids(on("shop.orders").run())).containsExactly(holder.pid());
  }

  @Test
  void whatIsNotALockIsNotHeld() throws SQLException {
    Client serializable = clients.idle();
    Client overlapping = clients.idle();
    for (Client client : List.of(overlapping, serializable)) {
      client.connection().setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
      client.connection().setAutoCommit(false);
    }
    overlapping.run("select from public.other");
    serializable.run("insert into public.other select 1 from shop.orders");
    serializable.connection().commit();
    assertThat(
            SERVER.query(
                "select mode from pg_locks where pid = ? and mode = 'SIReadLock'",
                serializable.pid()))
        .isNotEmpty();

    assertThat(on("shop.orders").run().results()).isEmpty();
    assertThat(serializable.alive()).isTrue();
  }

  @Test
  void whoOnlyWaitsIsNotHitUnlessHeGetsTheLock() throws SQLException {
    Client holder = holding("lock table shop.orders in share mode");
    Client asleep = clients.waitingForLock("shop.orders");

    Termination rehearsal = on("shop.orders").dryRun().run();
    assertThat(rehearsal.victims()).extracting(s -> s.pid()).containsExactly(holder.pid());
    assertThat(rehearsal.statements())
        .last()
        .asString()
        .contains("LOCK TABLE ONLY \"shop\".", "IN ACCESS EXCLUSIVE MODE; ROLLBACK;");

    Termination termination = on("shop.orders").run();
    assertThat(TestJob.outcomeOf(termination, holder)).isEqualTo("gone");
    assertThat(TestJob.outcomeOf(termination, asleep)).isEqualTo("gone");
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
  }

  @Test
  void leaderOfAParallelWorkerIsHit() throws SQLException {
    SERVER.execute(database, "insert into public.other select generate_series(1, 100000)");
    SERVER.execute(
        database,
        """
        alter table public.other set (parallel_workers = 2);
        analyze public.other;
        create function slow(int) returns int language plpgsql parallel safe as $$
          begin perform 1 from shop.orders; perform pg_sleep(3600); return 1; end $$
        """);
    Client leader = clients.idle();
    leader.run("set parallel_setup_cost = 0");
    leader.run("set parallel_tuple_cost = 0");
    leader.run("set min_parallel_table_scan_size = 0");
    leader.run("set parallel_leader_participation = off");
    leader.runAside("select count(slow(id)) from public.other");
    Eventually.within(
        20,
        () ->
            !SERVER
                .query(
                    "select 1 from pg_locks l join pg_stat_activity a using (pid) where"
                        + " a.backend_type = 'parallel worker' and a.datname = ? and l.relation is"
                        + " not null and a.wait_event = 'PgSleep'",
                    database)
                .isEmpty());

    Termination termination = on("shop.orders").run();

    assertThat(TestJob.pids(termination)).containsExactly(leader.pid());
    assertThat(TestJob.outcomeOf(termination, leader)).isEqualTo("gone");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "shopp          | there is no schema shopp in the database | Did you mean shop?",
        "shop.ordrs     | there is no table, view or index shop.ordrs in | mean shop.orders?",
        "\"Shop\".orders| no table, view or index \"Shop\".orders in | mean shop.orders?",
        "archive        | there is no schema archive in the database | mean shop.archive?",
        "My.Table       | there is no table, view or index my.table | mean \"My"
            + " Schema\".\"My.Table\"?",
        "zzzzzz         | there is no schema zzzzzz in the database | capitals in double quotes",
      })
  void aNameThatDoesNotExistTouchesNobody(String name, String what, String remedy)
      throws SQLException {
    Client holder = holding("select from shop.orders");

    assertThatThrownBy(() -> job(f -> f.holdingLocksOn(names("shop", name))).run())
        .isInstanceOf(InvalidParameter.class)
        .hasMessageContaining(what)
        .hasMessageContaining("nothing was touched")
        .satisfies(
            e ->
                assertThat(((PgkillFailure) e).remedy())
                    .hasValueSatisfying(text -> assertThat(text).contains(remedy)));
    assertThat(holder.alive()).isTrue();
    Eventually.within(20, () -> ours().isEmpty());
  }

  @Test
  void severalNamesAreAnyOfThem() throws SQLException {
    Client one = holding("select from public.other");
    Client two = holding("select from public.orders");
    Client neither = holding("select from \"My Schema\".\"My.Table\"");

    Termination termination =
        job(f -> f.holdingLocksOn(names("public.other", "public.orders"))).run();

    assertThat(TestJob.pids(termination)).containsExactlyInAnyOrder(one.pid(), two.pid());
    assertThat(neither.alive()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"shop", "shop.orders"})
  void preparedTransactionsStayInTheWayAndAreNamed(String name) throws SQLException {
    String gid = "it's " + database;
    Client xa = holding("insert into shop.orders values (1)");
    xa.run("prepare transaction '" + gid.replace("'", "''") + "'");
    xa.connection().setAutoCommit(true);
    Client session = holding("select from shop.orders");
    try {
      Termination termination = on(name).run();

      assertThat(TestJob.outcomeOf(termination, session)).isEqualTo("gone");
      assertThat(xa.alive()).isTrue();
      assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.FAILURE);
      assertThat(termination.verdict().summary())
          .startsWith("prepared transaction '" + gid.replace("'", "''") + "' of role postgres")
          .contains("holds a lock on " + name);
      assertThat(termination.remedy())
          .contains("ROLLBACK PREPARED 'it''s " + database + "'; in database " + database);
    } finally {
      SERVER.execute(database, "rollback prepared '" + gid.replace("'", "''") + "'");
    }
    assertThat(on(name).run().verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
  }

  @Test
  void aSparedHolderIsNamedAndTheGoalSucceeds() throws SQLException {
    Client spared = clients.as(TestServer.SUPERUSER, "spare me").idle();
    spared.hold("select from shop.orders");
    Client victim = holding("select from shop.orders");

    Termination termination =
        job(f ->
                f.holdingLocksOn(names("shop.orders"))
                    .excludeApplicationNames(List.of(NamePattern.parse("x", "spare me"))))
            .run();

    assertThat(TestJob.outcomeOf(termination, victim)).isEqualTo("gone");
    assertThat(TestJob.outcomeOf(termination, spared)).isEqualTo("excluded");
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(said(termination)).contains("cannot be had: held by", "pid " + spared.pid());
  }

  @Test
  void aHolderWhomOtherFiltersLeaveOutIsAFailure() throws SQLException {
    Client left = holding("select from shop.orders");
    Client victim = clients.as(TestServer.SUPERUSER, "app").idle();
    victim.hold("select from shop.orders");

    Termination termination =
        job(f ->
                f.holdingLocksOn(names("shop.orders"))
                    .applicationNames(List.of(NamePattern.parse("x", "app"))))
            .run();

    assertThat(TestJob.outcomeOf(termination, victim)).isEqualTo("gone");
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.FAILURE);
    assertThat(termination.verdict().summary())
        .contains("the lock on shop.orders cannot be had", "pid " + left.pid());
    assertThat(left.alive()).isTrue();
  }

  @Test
  void aRoleThatMayNotLockLooksAtTheLocks() throws SQLException {
    String role = SERVER.createRole("login in role pg_signal_backend, pg_read_all_stats");
    String app = SERVER.createRole("login");
    SERVER.execute(database, "grant usage on schema shop to " + app);
    SERVER.execute(database, "grant select on shop.orders to " + app);
    Client victim = clients.as(app, "app").idle();
    victim.hold("select from shop.orders");

    Termination termination = on("shop.orders").as(role).run();

    assertThat(TestJob.outcomeOf(termination, victim)).isEqualTo("gone");
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(said(termination))
        .contains("was not tried", "permission denied for", "pg_locks shows nobody");
  }

  @Test
  void aRoleThatMayNotConnectIsToldSoAndTouchesNobody() throws SQLException {
    String role = SERVER.createRole("login in role pg_signal_backend, pg_read_all_stats");
    SERVER.execute("revoke connect on database " + database + " from public");
    Client victim = holding("select from shop.orders");
    try {
      assertThatThrownBy(() -> on("shop.orders").as(role).run())
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("holdingLocksOn needs to look into database " + database)
          .hasMessageContaining("permission denied");
      assertThat(victim.alive()).isTrue();
    } finally {
      SERVER.execute("grant connect on database " + database + " to public");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ALLOW_CONNECTIONS", "REVOKE", "CONNECTION_LIMIT"})
  void theLockIsTriedBehindAClosedDoor(CloseWith door) throws SQLException {
    Client victim = holding("select from shop.orders");
    Client bystander = clients.idle();

    Termination termination =
        LockoutJob.on(SERVER, database)
            .with(door)
            .reopen(Reopen.IMMEDIATELY)
            .filter(SessionFilter.builder().holdingLocksOn(names("shop.orders")).build())
            .terminate();

    assertThat(TestJob.outcomeOf(termination, victim)).isEqualTo("gone");
    assertThat(said(termination)).contains("can be had: ACCESS EXCLUSIVE was taken on 2 tables");
    assertThat(bystander.alive()).isTrue();
    Eventually.within(20, () -> ours().isEmpty());
    SERVER.connect(database, TestServer.SUPERUSER).close();
  }

  private Client holding(String sql) throws SQLException {
    Client client = clients.idle();
    client.hold(sql);
    return client;
  }

  private String queryIn(String sql) throws SQLException {
    try (Connection connection = SERVER.connect(database, TestServer.SUPERUSER);
        Statement statement = connection.createStatement();
        var row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  private List<String> ours() throws SQLException {
    return SERVER.query(
        "select 1 from pg_stat_activity where datname = ? and application_name = 'pgkill'",
        database);
  }

  private TestJob on(String name) {
    return job(f -> f.holdingLocksOn(names(name)));
  }

  private TestJob job(UnaryOperator<SessionFilter.Builder> filter) {
    return TestJob.on(SERVER, database).filter(filter);
  }

  private static List<RelationName> names(String... names) {
    return Stream.of(names).map(name -> RelationName.parse("holdingLocksOn", name)).toList();
  }

  private static String said(Termination termination) {
    return termination.verdict() + " " + termination.remedy();
  }
}
