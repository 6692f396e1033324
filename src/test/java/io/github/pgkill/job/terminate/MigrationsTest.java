package io.github.pgkill.job.terminate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.sessions.Exclusion;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.value.NamePattern;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.Looks;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.StubbornClients.Client;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions in the middle of a migration or an index build: refused, unless they are meant. */
@Tag("slow")
@Tag("newest")
class MigrationsTest {

  private static final TestServer SERVER = TestServer.shared();

  /** As PostgreSQLAdvisoryLockTemplate of Flyway 11 has it, for the table with this name. */
  private static final long FLYWAY = 77431708279161L;

  private String database;
  private StubbornClients clients;

  @BeforeEach
  void open() throws SQLException {
    database = SERVER.createDatabase();
    clients = StubbornClients.of(SERVER, database);
  }

  @AfterEach
  void close() throws SQLException {
    clients.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"pg_advisory_lock", "pg_advisory_xact_lock"})
  void flywaysLockIsRespectedWhateverItsTableIsCalled(String function) throws SQLException {
    for (String table : List.of("\"public\".\"flyway_schema_history\"", "x", "", "AaAaAa zz")) {
      Client flyway = clients.as(TestServer.SUPERUSER, "Flyway by Redgate").idle();
      flyway.connection().setAutoCommit(function.equals("pg_advisory_lock"));
      flyway.run("select " + function + "(" + (FLYWAY + table.hashCode()) + ")");
      Client other = clients.idle();

      assertRefused(flyway, "holds Flyway's lock");

      assertThat(other.alive()).isTrue();
      Termination termination = interrupting().run();
      assertThat(TestJob.outcomeOf(termination, flyway)).isEqualTo("gone");
      assertThat(TestJob.outcomeOf(termination, other)).isEqualTo("gone");
    }
  }

  @Test
  void theOtherSessionOfThatFlywayIsRespectedToo() throws SQLException {
    StubbornClients flyway = clients.as(TestServer.SUPERUSER, "Flyway by Redgate");
    Client lock = flyway.idle();
    lock.run("select pg_advisory_lock(" + (FLYWAY - 5) + ")");
    Client migrating = flyway.idleInTransaction();
    Client resting = flyway.idle();

    assertThatThrownBy(() -> job().filter(f -> f.pids(List.of(migrating.pid()))).run())
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("pid " + migrating.pid())
        .hasMessageContaining("works for the client that holds Flyway's lock");
    assertThat(TestJob.outcomeOf(job().filter(f -> f.pids(List.of(resting.pid()))).run(), resting))
        .isEqualTo("gone");
    assertThat(migrating.alive()).isTrue();
  }

  @Test
  void otherAdvisoryLocksAndOtherDatabasesLocksMeanNothing() throws SQLException {
    Client elsewhere = clients.to(SERVER.createDatabase()).idle();
    elsewhere.run("select pg_advisory_lock(" + FLYWAY + ")");
    Client other = clients.idle();
    other.run("select pg_advisory_lock(" + (FLYWAY + (1L << 31)) + ")");
    other.run("select pg_advisory_lock(" + (FLYWAY - (1L << 31) - 1) + ")");
    other.run("select pg_advisory_lock(18028, 2037866873)");
    other.run("create table t (a int); create index on t (a)");

    Termination termination = job().run();

    assertThat(TestJob.outcomeOf(termination, other)).isEqualTo("gone");
    assertThat(elsewhere.alive()).isTrue();
  }

  @Test
  void waitingForFlywaysLockIsNotHoldingIt() throws SQLException {
    Client holder = clients.as(TestServer.SUPERUSER, "Flyway by Redgate").idle();
    holder.run("select pg_advisory_lock(" + FLYWAY + ")");
    Client waiter = clients.idle();
    waiter.runAside("select pg_advisory_lock(" + FLYWAY + ")");
    awaitSeen(waiter, "wait_event_type = 'Lock'");

    Termination termination = job().filter(f -> f.pids(List.of(waiter.pid()))).run();

    assertThat(TestJob.outcomeOf(termination, waiter)).isEqualTo("gone");
    assertThat(holder.alive()).isTrue();
  }

  @Test
  void liquibaseIsRespectedAsFarAsTheServerShowsIt() throws SQLException {
    Client named = clients.as(TestServer.SUPERUSER, "my-liquibase").idle();
    assertRefused(named, "works for Liquibase");
    assertThat(TestJob.outcomeOf(interrupting().run(), named)).isEqualTo("gone");

    SERVER.execute(database, "create table databasechangeloglock (id int, locked boolean)");
    Client asking = clients.idle();
    asking.connection().setAutoCommit(false);
    asking.run("SELECT LOCKED FROM public.DATABASECHANGELOGLOCK WHERE ID=1");
    assertRefused(asking, "works for Liquibase");
    asking.connection().rollback();
    assertThat(TestJob.outcomeOf(job().run(), asking)).isEqualTo("gone");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "create index on t (slow(a))",
        "create index concurrently on t (slow(a))",
        "alter table t add exclude using btree (slow(a) with =)"
      })
  void anIndexBuildIsRespected(String sql) throws SQLException {
    SERVER.execute(
        database,
        """
        create function slow(a int) returns int language plpgsql immutable as $$
          begin if a = 2 then perform pg_sleep(3600); end if; return a; end $$;
        create table t (a int);
        insert into t values (1), (2)
        """);
    Client building = clients.idle();
    building.runAside(sql);
    awaitSeen(building, "wait_event = 'PgSleep'");

    assertRefused(building, "builds an index");
    assertThat(TestJob.outcomeOf(interrupting().run(), building)).isEqualTo("gone");
  }

  @Test
  void anExclusionOfOnesOwnGoesFirst() throws SQLException {
    Client flyway = clients.as(TestServer.SUPERUSER, "Flyway by Redgate").idle();
    flyway.run("select pg_advisory_lock(" + FLYWAY + ")");
    Client other = clients.idle();

    Termination termination =
        job()
            .filter(
                f ->
                    f.excludeApplicationNames(List.of(NamePattern.parse("x", "Flyway by Redgate"))))
            .run();

    assertThat(TestJob.resultOf(termination, flyway.id()).outcome())
        .isEqualTo(new Outcome.Excluded(Exclusion.EXCLUDE_APPLICATION_NAMES));
    assertThat(TestJob.outcomeOf(termination, other)).isEqualTo("gone");
  }

  @Test
  void aMigrationThatBeginsMeanwhileIsSparedAndReported() throws SQLException {
    Client victim = clients.idle();
    Client begins = clients.as(TestServer.SUPERUSER, "spring").idle();
    TestJob job = job().drain(Duration.ofSeconds(4));
    Client[] late = new Client[1];
    Thread meanwhile =
        new Thread(
            () -> {
              Looks.begun(SERVER, Looks.FOR_WHO_IS_LEFT);
              try {
                late[0] = clients.as(TestServer.SUPERUSER, "Flyway by Redgate").idle();
                late[0].run("select pg_advisory_lock(" + FLYWAY + ")");
                begins.run("select pg_advisory_lock(" + (FLYWAY + 1) + ")");
              } catch (SQLException e) {
                throw new IllegalStateException(e);
              }
            });
    meanwhile.start();

    Termination termination = job.run();

    assertThat(TestJob.outcomeOf(termination, victim)).isEqualTo("gone");
    for (Client migrating : List.of(begins, late[0])) {
      assertThat(TestJob.resultOf(termination, migrating.id()).outcome())
          .isEqualTo(new Outcome.Excluded(Exclusion.HOLDS_FLYWAY_LOCK));
      assertThat(migrating.alive()).isTrue();
    }
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
  }

  @Test
  void aDryRunRefusesAsWell() throws SQLException {
    Client flyway = clients.idle();
    flyway.run("select pg_advisory_lock(" + FLYWAY + ")");

    assertThatThrownBy(() -> job().dryRun().run()).isInstanceOf(GuardRefusal.class);
  }

  private void assertRefused(Client client, String rule) throws SQLException {
    assertThatThrownBy(() -> job().run())
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("pid " + client.pid() + " of postgres")
        .hasMessageContaining(rule + ", connected for ")
        .hasMessageContaining("; nothing was touched")
        .satisfies(
            e ->
                assertThat(((GuardRefusal) e).remedy().orElseThrow())
                    .contains("-Dpgkill.interruptMigrations=true"));
    assertThat(client.alive()).isTrue();
  }

  private TestJob job() {
    return TestJob.on(SERVER, database);
  }

  private TestJob interrupting() {
    return job().filter(SessionFilter.builder().interruptMigrations(true).build());
  }

  private static void awaitSeen(Client client, String condition) {
    Eventually.within(
        20,
        () ->
            !SERVER
                .query(
                    "select 1 from pg_stat_activity where pid = ? and " + condition, client.pid())
                .isEmpty());
  }
}
