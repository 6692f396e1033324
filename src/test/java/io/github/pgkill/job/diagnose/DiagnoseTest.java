package io.github.pgkill.job.diagnose;

import static io.github.pgkill.testing.DiagnoseJob.concerning;
import static io.github.pgkill.testing.DiagnoseJob.only;
import static io.github.pgkill.testing.DiagnoseJob.stopping;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.job.lockout.LockoutJob;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.diagnose.Blocker.Kind;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.value.NamePattern;
import io.github.pgkill.model.value.RelationName;
import io.github.pgkill.testing.DiagnoseJob;
import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.RawClient;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.StubbornClients.Client;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One test per kind of blocker; the plan that was printed is typed and must do what it said. */
class DiagnoseTest {

  private static final TestServer SERVER = TestServer.shared();

  private String database;

  @BeforeEach
  void createDatabase() throws SQLException {
    database = SERVER.createDatabase();
  }

  /** A transaction left over by a test that failed would hold up others that create slots. */
  @AfterEach
  void endPreparedTransactions() throws SQLException {
    for (String gid :
        SERVER.query("select gid from pg_prepared_xacts where database = ?", database)) {
      SERVER.execute(database, "rollback prepared '" + gid.replace("'", "''") + "'");
    }
  }

  private DiagnoseJob job() {
    return DiagnoseJob.on(SERVER, database);
  }

  private GoalReport diagnose(Intent intent) {
    return job().run(intent);
  }

  /** After that, nothing is in the way any more, or, for a drop, the database is gone. */
  private void typedItWorks(GoalReport report, Intent intent) throws SQLException {
    job().type(report, TestServer.SUPERUSER);
    if (intent == Intent.DROP) {
      assertThat(SERVER.query("select 1 from pg_database where datname = ?", database)).isEmpty();
    } else {
      assertThat(stopping(diagnose(intent))).isEmpty();
    }
    SERVER.execute("drop database if exists " + database + "_copy");
  }

  @ParameterizedTest
  @EnumSource(
      value = Intent.class,
      names = {"DROP", "CLEAN", "ALTER", "TEMPLATE"})
  void anEmptyDatabaseIsClear(Intent intent) throws SQLException {
    GoalReport report = diagnose(intent);
    assertThat(report.surroundings().blockers()).isEmpty();
    assertThat(report.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(report.verdict().summary()).isEqualTo("clear: nothing stops " + intent.of(database));
    typedItWorks(report, intent);
  }

  @ParameterizedTest
  @EnumSource(
      value = Intent.class,
      names = {"DROP", "TEMPLATE"})
  void everySessionStopsWhatNeedsTheDatabaseEmpty(Intent intent) throws SQLException {
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      Client idle = clients.idle();
      Client active = clients.active();
      GoalReport report = diagnose(intent);
      assertThat(stopping(report)).containsExactly(Kind.SESSION, Kind.SESSION);
      assertThat(concerning(report)).isEmpty();
      assertThat(report.listed())
          .extracting(listed -> listed.session().pid())
          .containsExactlyInAnyOrder(idle.pid(), active.pid());
      assertThat(report.verdict().summary())
          .isEqualTo(
              "blocked: 2 things stop "
                  + intent.of(database)
                  + " (2 sessions); this role could clear all of them, ending 2 sessions");
      typedItWorks(report, intent);
    }
  }

  @Test
  void whoHoldsNoneOfTheNamedLocksIsNotInTheWay() throws SQLException {
    SERVER.execute(database, "create table wanted (id int); create table other (id int)");
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      Client beside = clients.holdingLock("other");
      DiagnoseJob job =
          job().filter(f -> f.holdingLocksOn(List.of(new RelationName("public", "wanted"))));
      assertThat(stopping(job.run(Intent.ALTER))).isEmpty();
      Client holder = clients.holdingLock("wanted");
      GoalReport report = job.run(Intent.ALTER);
      assertThat(report.surroundings().blockers().stream().filter(Blocker::stops))
          .extracting(Blocker::pid)
          .containsExactly(holder.pid());
      assertThat(report.surroundings().blockers()).extracting(Blocker::pid).contains(beside.pid());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Intent.class,
      names = {"CLEAN", "ALTER"})
  void onlyWhoHasTablesLockedStopsStatementsInside(Intent intent) throws SQLException {
    SERVER.execute(database, "create schema app; create table app.orders (id int)");
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      Client idle = clients.idle();
      clients.idleInTransaction();
      Client holder = clients.as(TestServer.SUPERUSER, "forgotten").holdingLock("app.orders");
      GoalReport report = diagnose(intent);
      assertThat(stopping(report)).containsExactly(Kind.SESSION);
      assertThat(concerning(report)).containsExactly(Kind.SESSION, Kind.SESSION);
      Blocker found =
          report.surroundings().blockers().stream().filter(Blocker::stops).toList().get(0);
      assertThat(found.pid()).isEqualTo(holder.pid());
      assertThat(found.what())
          .startsWith("session pid " + holder.pid() + " of postgres/forgotten from 127.0.0.1:")
          .contains("idle in transaction for ")
          .endsWith(", locks app.orders (AccessExclusiveLock)");
      typedItWorks(report, intent);
      assertThat(holder.alive()).isFalse();
      assertThat(idle.alive()).isTrue();
    }
  }

  @Test
  void whoReadsIsInTheWayToo() throws SQLException {
    SERVER.execute(database, "create table t (id int)");
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      Client reader = clients.idleInTransaction();
      run(reader, "select count(*) from t");
      GoalReport report = diagnose(Intent.ALTER);
      assertThat(only(report, Kind.SESSION).what()).endsWith("locks public.t (AccessShareLock)");
      assertThat(stopping(report)).hasSize(1);
      typedItWorks(report, Intent.ALTER);
    }
  }

  @Test
  void whoWaitsForWhomIsTold() throws SQLException {
    SERVER.execute(database, "create table t (id int)");
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      Client holder = clients.holdingLock("t");
      Client waiter = clients.waitingForLock("t");
      DiagnoseJob job = job();
      GoalReport report = job.run(Intent.ALTER);
      assertThat(stopping(report)).containsExactly(Kind.SESSION, Kind.SESSION);
      assertThat(job.said().replaceAll("\\s+", " "))
          .contains("who blocks whom:")
          .contains("locks public.t (waits for AccessExclusiveLock)")
          .contains("waits for pid " + holder.pid());
      assertThat(DiagnoseJob.plan(report)).hasSize(2);
      assertThat(waiter.alive()).isTrue();
      typedItWorks(report, Intent.ALTER);
    }
  }

  @Test
  void anotherSessionsTemporaryTableIsInNobodysWay() throws SQLException {
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      Client client = clients.idleInTransaction();
      run(client, "create temporary table mine (id int)");
      assertThat(stopping(diagnose(Intent.ALTER))).isEmpty();
      assertThat(stopping(diagnose(Intent.CLEAN))).isEmpty();
    }
  }

  @Test
  void anUncommittedTableInASchemaStopsItsDropAndNoOthersAlter() throws SQLException {
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      SERVER.execute(database, "create schema app");
      Client client = clients.idleInTransaction();
      run(client, "create table app.not_committed (id int)");
      assertThat(stopping(diagnose(Intent.CLEAN))).containsExactly(Kind.SESSION);
      assertThat(stopping(diagnose(Intent.ALTER))).isEmpty();
    }
  }

  @Test
  void aPreparedTransactionIsNamedWithLocksAndTheStatementThatEndsIt() throws SQLException {
    SERVER.execute(database, "create table t (id int)");
    String gid = database + "'s branch";
    SERVER.execute(
        database,
        "begin; insert into t values (1); prepare transaction '" + gid.replace("'", "''") + "'");
    for (Intent intent : List.of(Intent.TEMPLATE, Intent.CLEAN, Intent.ALTER, Intent.DROP)) {
      assertThat(stopping(diagnose(intent))).containsExactly(Kind.PREPARED_TRANSACTION);
    }
    GoalReport report = diagnose(Intent.DROP);
    Blocker prepared = only(report, Kind.PREPARED_TRANSACTION);
    assertThat(prepared.what())
        .startsWith(
            "prepared transaction '" + gid.replace("'", "''") + "' of role postgres, prepared ")
        .endsWith(", locks public.t (RowExclusiveLock)");
    assertThat(prepared.where()).isEqualTo(database);
    assertThat(prepared.age()).isNotNull();
    typedItWorks(report, Intent.DROP);
  }

  @Test
  void aPreparedTransactionWithoutLocksStopsOnlyWhatNeedsTheDatabaseEmpty() throws SQLException {
    SERVER.execute(
        database, "begin; select txid_current(); prepare transaction '" + database + "'");
    assertThat(stopping(diagnose(Intent.CLEAN))).isEmpty();
    assertThat(concerning(diagnose(Intent.CLEAN))).containsExactly(Kind.PREPARED_TRANSACTION);
    GoalReport report = diagnose(Intent.TEMPLATE);
    assertThat(stopping(report)).containsExactly(Kind.PREPARED_TRANSACTION);
    typedItWorks(report, Intent.TEMPLATE);
  }

  @Test
  void aMemberOfTheRoleThatPreparedItHasToBecomeThatRole() throws SQLException {
    String owner = SERVER.createRole("login");
    String member = SERVER.createRole("login in role " + owner);
    SERVER.execute("alter database " + database + " owner to " + owner);
    try (Connection connection = SERVER.connect(database, owner);
        Statement statement = connection.createStatement()) {
      statement.execute("begin; select txid_current(); prepare transaction '" + database + "'");
    }
    GoalReport report = job().as(member).run(Intent.DROP);
    assertThat(only(report, Kind.PREPARED_TRANSACTION).refusal()).isNull();
    job().type(report, member);
    assertThat(SERVER.query("select 1 from pg_database where datname = ?", database)).isEmpty();
    String stranger = SERVER.createRole("login");
    database = SERVER.createDatabase();
    SERVER.execute(
        database, "begin; select txid_current(); prepare transaction '" + database + "'");
    assertThat(
            only(job().as(stranger).run(Intent.DROP), Kind.PREPARED_TRANSACTION).refusal().words())
        .startsWith("only role postgres or a superuser may end it");
  }

  @Test
  void slotsAndSubscriptionsAreNamed() throws SQLException {
    SERVER.execute(
        database,
        "select pg_create_logical_replication_slot('idle_" + database + "', 'test_decoding')");
    SERVER.execute(
        database,
        "create subscription sub_"
            + database
            + " connection 'host=x' publication p"
            + " with (connect=false, slot_name=none)");
    assertThat(concerning(diagnose(Intent.CLEAN)))
        .containsExactly(Kind.REPLICATION_SLOT, Kind.SUBSCRIPTION);
    GoalReport report = diagnose(Intent.DROP);
    assertThat(stopping(report)).containsExactly(Kind.SUBSCRIPTION);
    assertThat(only(report, Kind.REPLICATION_SLOT).what())
        .isEqualTo(
            "logical replication slot idle_" + database + ": it would vanish with the database");
    typedItWorks(report, Intent.DROP);
  }

  @Test
  void aSlotInUseIsNamedWithItsConsumer() throws SQLException {
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      Client consumer = clients.idle();
      run(
          consumer,
          "select pg_create_logical_replication_slot('busy_"
              + database
              + "', 'test_decoding',"
              + " true)");
      GoalReport report = diagnose(Intent.DROP);
      assertThat(stopping(report)).containsExactly(Kind.REPLICATION_SLOT, Kind.SESSION);
      assertThat(only(report, Kind.REPLICATION_SLOT).pid()).isEqualTo(consumer.pid());
      typedItWorks(report, Intent.DROP);
    }
  }

  @Test
  void theTemplateMarkStopsADropAndNothingElse() throws SQLException {
    SERVER.execute("alter database " + database + " is_template true");
    assertThat(stopping(diagnose(Intent.CLEAN))).isEmpty();
    assertThat(stopping(diagnose(Intent.TEMPLATE))).isEmpty();
    GoalReport report = diagnose(Intent.DROP);
    assertThat(stopping(report)).containsExactly(Kind.TEMPLATE);
    typedItWorks(report, Intent.DROP);
  }

  @Test
  void anInvalidDatabaseCanOnlyBeDropped() throws SQLException {
    SERVER.execute("update pg_database set datconnlimit = -2 where datname = '" + database + "'");
    for (Intent intent : List.of(Intent.CLEAN, Intent.ALTER, Intent.TEMPLATE)) {
      assertThat(stopping(diagnose(intent))).containsExactly(Kind.INVALID_DATABASE);
    }
    GoalReport report = diagnose(Intent.DROP);
    assertThat(stopping(report)).isEmpty();
    assertThat(concerning(report)).containsExactly(Kind.INVALID_DATABASE);
    typedItWorks(report, Intent.DROP);
  }

  @Test
  void aDatabaseThatLetsNobodyInStopsStatementsInside() throws SQLException {
    SERVER.execute("alter database " + database + " allow_connections false");
    GoalReport report = diagnose(Intent.CLEAN);
    assertThat(stopping(report)).containsExactly(Kind.CLOSED);
    assertThat(report.verdict().remarks().get(0)).contains("could not be looked into");
    typedItWorks(report, Intent.CLEAN);
  }

  @Test
  void aRoleThatMayNotConnectIsToldTheGrant() throws SQLException {
    String role = SERVER.createRole("login");
    SERVER.execute("revoke connect on database " + database + " from public");
    GoalReport report = job().as(role).run(Intent.CLEAN);
    assertThat(stopping(report)).containsExactly(Kind.CLOSED);
    SERVER.execute(only(report, Kind.CLOSED).refusal().words());
    assertThat(stopping(job().as(role).run(Intent.CLEAN))).isEmpty();
  }

  @Test
  void anOpenLockoutIsToldWithWhoseItIs() throws SQLException {
    LockoutJob build = LockoutJob.on(SERVER, database);
    build.with(CloseWith.REVOKE).reopen(Reopen.BUILD_END).revoke();
    try {
      GoalReport report = diagnose(Intent.CLEAN);
      Blocker lockout = only(report, Kind.LOCKOUT);
      assertThat(lockout.what()).contains("is closed to new connections (revoke) by this build");
      assertThat(lockout.removal().text()).startsWith("mvn pgkill:restore-connect");
      // we are a superuser: it does not keep us out
      assertThat(lockout.stops()).isFalse();
      assertThat(stopping(diagnose(Intent.DROP))).isEmpty();
    } finally {
      build.end();
    }
  }

  @Test
  void flywaysLockIsToldWithItsHolder() throws SQLException {
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      Client flyway = clients.as(TestServer.SUPERUSER, "Flyway by Redgate").idle();
      Client other = clients.as(TestServer.SUPERUSER, "other").idle();
      // as Flyway's PostgreSQLAdvisoryLockTemplate numbers it
      run(
          flyway,
          "select pg_advisory_lock("
              + (77431708279161L + "\"public\".\"flyway_schema_history\"".hashCode())
              + ")");
      run(other, "select pg_advisory_lock(4711)");
      GoalReport report = diagnose(Intent.CLEAN);
      assertThat(stopping(report)).containsExactly(Kind.MIGRATION_LOCK);
      Blocker lock = only(report, Kind.MIGRATION_LOCK);
      assertThat(lock.pid()).isEqualTo(flyway.pid());
      assertThat(lock.what()).contains("Flyway by Redgate").contains("a migration is going on");
      typedItWorks(report, Intent.CLEAN);
      assertThat(other.alive()).isTrue();
    }
  }

  @Test
  void aMigrationThatWaitsForItsOwnLockIsToldSo() throws Exception {
    SERVER.execute(database, "create table public.t(i int)");
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      Client lock = clients.as(TestServer.SUPERUSER, "Flyway by Redgate").idle();
      // as Flyway takes it unless told otherwise: in a transaction that stays open
      run(
          lock,
          "begin isolation level repeatable read; select pg_advisory_xact_lock("
              + (77431708279161L + "\"public\".\"flyway_schema_history\"".hashCode())
              + ")");
      try (Connection migration =
          SERVER.connect(database, TestServer.SUPERUSER, "Flyway by Redgate")) {
        CompletableFuture<Void> building =
            CompletableFuture.runAsync(
                () -> runQuietly(migration, "create index concurrently on public.t(i)"));
        Eventually.within(
            20,
            () ->
                !SERVER
                    .query(
                        "select 1 from pg_stat_activity where query like 'create index conc%' and"
                            + " ? = any (pg_blocking_pids(pid))",
                        lock.pid())
                    .isEmpty());

        assertThat(only(diagnose(Intent.CLEAN), Kind.MIGRATION_LOCK).what())
            .contains("and waits for itself: pid ", "flyway.postgresql.transactional.lock=false");

        clients.close();
        building.join();
      }
    }
  }

  private static void runQuietly(Connection connection, String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aStaleLiquibaseLockIsToldApartFromALivingOne() throws SQLException {
    SERVER.execute(
        database,
        "create schema meta; create table meta.databasechangeloglock (id int primary key, locked"
            + " boolean not null, lockgranted timestamp, lockedby varchar(255));"
            + " insert into meta.databasechangeloglock values"
            + " (1, true, '2024-02-03 04:05:06', 'ci-runner-7 (10.1.2.3)')");
    GoalReport stale = diagnose(Intent.CLEAN);
    assertThat(stopping(stale)).containsExactly(Kind.MIGRATION_LOCK);
    assertThat(only(stale, Kind.MIGRATION_LOCK).what())
        .startsWith("Liquibase's lock in \"meta\".\"databasechangeloglock\", by ci-runner-7 (10.1")
        .contains("since 2024-02-03 04:05:06")
        .endsWith(
            "its holder is gone, no client is connected to the database; mvn"
                + " liquibase:releaseLocks lifts it");
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      Client living = clients.idle();
      assertThat(only(diagnose(Intent.CLEAN), Kind.MIGRATION_LOCK).what())
          .contains("its holder may live, from there pid " + living.pid() + " of postgres/");
    }
    typedItWorks(stale, Intent.CLEAN);
  }

  @Test
  void aLiquibaseTableThatSomebodyHasLockedHoldsNobodyUp() throws SQLException {
    SERVER.execute(
        database,
        "create table databasechangeloglock (id int primary key, locked boolean not null,"
            + " lockgranted timestamp, lockedby varchar(255))");
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      clients.holdingLock("databasechangeloglock");
      GoalReport report = diagnose(Intent.CLEAN);
      assertThat(stopping(report)).containsExactly(Kind.SESSION);
      assertThat(report.verdict().remarks().get(0))
          .contains("\"public\".\"databasechangeloglock\" could not be read")
          .contains("lock timeout");
    }
  }

  @Test
  void aDumpIsNeverToBeEnded() throws SQLException {
    try (StubbornClients clients =
        StubbornClients.of(SERVER, database).as(TestServer.SUPERUSER, "pg_dump")) {
      clients.idle();
      GoalReport report = diagnose(Intent.DROP);
      assertThat(stopping(report)).containsExactly(Kind.DUMP);
      assertThat(only(report, Kind.DUMP).refusal().words()).contains("never interrupted");
      assertThat(only(report, Kind.DUMP).refusal().cause().code()).isEqualTo("wait");
      assertThat(DiagnoseJob.plan(report)).anyMatch(line -> line.startsWith("-- wait: pid "));
      assertThat(DiagnoseJob.plan(report)).noneMatch(line -> line.contains("pg_terminate_backend"));
      assertThat(stopping(diagnose(Intent.RESTART))).containsExactly(Kind.DUMP);
    }
  }

  @Test
  void aWalsenderOfTheDatabaseIsASessionToo() throws SQLException, IOException {
    try (RawClient walsender = RawClient.tcp(SERVER)) {
      walsender
          .startUp(
              Map.of("user", TestServer.SUPERUSER, "database", database, "replication", "database"))
          .awaitReady();
      GoalReport report = diagnose(Intent.DROP);
      assertThat(stopping(report)).containsExactly(Kind.SESSION);
      assertThat(only(report, Kind.SESSION).what())
          .startsWith("walsender pid " + walsender.pid() + " of postgres");
      typedItWorks(report, Intent.DROP);
    }
  }

  @Test
  void whoHasTheDatabaseItselfLockedIsFoundInAnotherOne() throws SQLException {
    try (StubbornClients clients = StubbornClients.of(SERVER, "postgres")) {
      Client elsewhere = clients.idleInTransaction();
      run(elsewhere, "comment on database " + database + " is 'not committed'");
      assertThat(stopping(diagnose(Intent.CLEAN))).isEmpty();
      GoalReport report = diagnose(Intent.DROP);
      assertThat(stopping(report)).containsExactly(Kind.SESSION);
      assertThat(only(report, Kind.SESSION).what())
          .contains("pid " + elsewhere.pid())
          .contains("in database postgres, locks database " + database + " itself");
      typedItWorks(report, Intent.DROP);
    }
  }

  @Test
  void aFilterTellsWhoWouldNotBeEnded() throws SQLException {
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      Client pool = clients.as(TestServer.SUPERUSER, "pool").idle();
      Client ide = clients.as(TestServer.SUPERUSER, "ide").idle();
      GoalReport report =
          job().filter(f -> f.applicationNames(List.of(namePattern("pool")))).run(Intent.DROP);
      assertThat(stopping(report)).containsExactly(Kind.SESSION, Kind.SESSION);
      Map<Integer, String> refusals = new HashMap<>();
      report
          .surroundings()
          .blockers()
          .forEach(b -> refusals.put(b.pid(), b.refusal() == null ? null : b.refusal().words()));
      assertThat(refusals)
          .containsEntry(pool.pid(), null)
          .containsEntry(ide.pid(), "the filters do not select it");
      assertThat(report.verdict().summary()).contains("this role could clear 1 of them");
    }
  }

  private static NamePattern namePattern(String text) {
    return NamePattern.parse("applicationNames", text);
  }

  @Test
  void aRoleThatIsNotTheOwnerIsToldTheGrantThatMendsIt() throws SQLException {
    String role = SERVER.createRole("login");
    String owner = SERVER.createRole("nologin");
    SERVER.execute("alter database " + database + " owner to " + owner);
    GoalReport report = job().as(role).run(Intent.DROP);
    assertThat(stopping(report)).containsExactly(Kind.PRIVILEGE);
    Blocker privilege = only(report, Kind.PRIVILEGE);
    assertThat(privilege.what()).contains("neither its owner nor a superuser");
    // in the words of the goal that would do it
    assertThatThrownBy(() -> DropJobs.on(SERVER, database).as(role).drop())
        .isInstanceOf(PgkillFailure.class)
        .hasMessage(privilege.what())
        .satisfies(
            e -> assertThat(((PgkillException) e).remedy()).contains(privilege.refusal().words()));
    SERVER.execute(privilege.refusal().words().replaceAll(".*(GRANT .*;)", "$1"));
    report = job().as(role).run(Intent.DROP);
    assertThat(stopping(report)).isEmpty();
    job().type(report, role);
    assertThat(SERVER.query("select 1 from pg_database where datname = ?", database)).isEmpty();
  }

  @Test
  void toCopyOneNeedsCreatedbAndTheOwnersPrivileges() throws SQLException {
    String role = SERVER.createRole("login");
    GoalReport report = job().as(role).run(Intent.TEMPLATE);
    assertThat(only(report, Kind.PRIVILEGE).what()).contains("it is no template");
    SERVER.execute("alter database " + database + " is_template true");
    report = job().as(role).run(Intent.TEMPLATE);
    SERVER.execute(only(report, Kind.PRIVILEGE).refusal().words());
    report = job().as(role).run(Intent.TEMPLATE);
    assertThat(stopping(report)).isEmpty();
    job().type(report, role);
    SERVER.execute("drop database " + database + "_copy");
  }

  @Test
  void aRestartTellsWhoElseWouldBeHit() throws SQLException {
    try (StubbornClients here = StubbornClients.of(SERVER, database);
        StubbornClients elsewhere = StubbornClients.of(SERVER, "template1")) {
      here.idle();
      elsewhere.idle(2);
      GoalReport report = diagnose(Intent.RESTART);
      assertThat(stopping(report)).isEmpty();
      assertThat(report.surroundings().blockers())
          .extracting(Blocker::what)
          .contains("2 clients of database template1 would be disconnected, too");
      assertThat(report.surroundings().alsoHit())
          .filteredOn(session -> "template1".equals(session.database()))
          .hasSize(2);
      assertThat(DiagnoseJob.plan(report).get(0))
          .startsWith("pg_ctl restart -m fast -D " + SERVER.dataDirectory());
    }
  }

  @Test
  void severalKindsAtOnceAreAllNamedAndThePlanClearsThemAll() throws SQLException {
    SERVER.execute(database, "create table t (id int)");
    SERVER.execute("alter database " + database + " is_template true");
    SERVER.execute(
        database,
        "create subscription s_"
            + database
            + " connection 'host=x' publication p with (connect=false, slot_name=none)");
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      clients.idle();
      // a slot waits for running transactions, prepared ones too: first the slot
      run(
          clients.idle(),
          "select pg_create_logical_replication_slot('s_" + database + "', 'test_decoding', true)");
      SERVER.execute(
          database, "begin; insert into t values (1); prepare transaction '" + database + "'");
      GoalReport report = diagnose(Intent.DROP);
      assertThat(stopping(report))
          .containsExactlyInAnyOrder(
              Kind.PREPARED_TRANSACTION,
              Kind.SUBSCRIPTION,
              Kind.TEMPLATE,
              Kind.REPLICATION_SLOT,
              Kind.SESSION,
              Kind.SESSION);
      typedItWorks(report, Intent.DROP);
    }
  }

  @Test
  void theGoalsThatDropFailInTheSameWords() throws SQLException {
    SERVER.execute(database, "begin; create table t (); prepare transaction '" + database + "'");
    SERVER.execute("alter database " + database + " is_template true");
    List<Blocker> blockers = diagnose(Intent.DROP).surroundings().blockers();
    assertThatThrownBy(() -> DropJobs.on(SERVER, database).drop())
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("prepared transaction " + database + " of role postgres")
        .hasMessageContaining(what(blockers, Kind.TEMPLATE))
        .satisfies(
            e ->
                assertThat(((PgkillException) e).remedy().orElse(""))
                    .contains(blockers.stream().map(Blocker::remedy).toList()));
    SERVER.execute(database, "rollback prepared '" + database + "'");
  }

  @Test
  void aTerminateThatFailsNamesWhatElseIsInTheWay() throws SQLException {
    String role = SERVER.createRole("login");
    SERVER.execute(database, "create table t (id int)");
    SERVER.execute(
        database, "begin; insert into t values (1); prepare transaction '" + database + "'");
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      clients.idle();
      Termination failed =
          TestJob.on(SERVER, database).as(role).timeout(Duration.ofSeconds(2)).run();
      assertThat(failed.verdict().status()).isEqualTo(Verdict.Status.FAILURE);
      assertThat(failed.verdict().remarks())
          .anyMatch(
              remark ->
                  remark.startsWith(
                      "also in the way: prepared transaction " + database + " of role postgres"));
    }
  }

  private static String what(List<Blocker> blockers, Kind kind) {
    return blockers.stream().filter(b -> b.kind() == kind).toList().get(0).what();
  }

  @Test
  void blockersAreAFailureOnlyIfAskedFor() throws SQLException {
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      clients.idle();
      assertThat(diagnose(Intent.DROP).verdict().status()).isEqualTo(Verdict.Status.BLOCKED);
      GoalReport strangers = job().as(SERVER.createRole("login")).run(Intent.DROP);
      assertThat(strangers.verdict().summary()).endsWith("; this role could not clear any of them");
      assertThat(strangers.verdict().remarks())
          .anyMatch(r -> r.startsWith("for the rest: Only a superuser may end "));
      assertThatThrownBy(() -> job().failOnBlockers().run(Intent.DROP))
          .isInstanceOf(PgkillFailure.class)
          .hasMessageStartingWith("blocked: 1 thing stops dropping database " + database)
          .satisfies(
              e ->
                  assertThat(((PgkillException) e).remedy().orElse(""))
                      .contains("pg_terminate_backend"));
      assertThat(job().failOnBlockers().run(Intent.CLEAN).verdict().summary()).startsWith("clear");
    }
  }

  @Test
  void aBadExpressionIsRefused() {
    assertThatThrownBy(() -> job().filter(f -> f.queryPattern("(")).run(Intent.DROP))
        .isInstanceOf(InvalidParameter.class)
        .hasMessageContaining("queryPattern");
  }

  private static void run(Client client, String sql) throws SQLException {
    Connection connection = client.connection();
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
