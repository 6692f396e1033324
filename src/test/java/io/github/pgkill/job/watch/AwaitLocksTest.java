package io.github.pgkill.job.watch;

import static io.github.pgkill.testing.TestJob.outcomeOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.value.NamePattern;
import io.github.pgkill.model.value.Program;
import io.github.pgkill.report.Journal;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.Looks;
import io.github.pgkill.testing.RecordedConsole;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.StubbornClients.Client;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Standing by for a program that waits for locks, on a real server. */
@Tag("slow")
class AwaitLocksTest {

  private static final TestServer SERVER = TestServer.shared();

  private String database;
  private StubbornClients pool;
  private StubbornClients flyway;
  private final Journal journal = new Journal("terminate-sessions", "test", "test");
  private final List<String> lines = new CopyOnWriteArrayList<>();

  // what a test wants
  private Program program = Program.parse("awaitLocks", List.of("flyway"));
  private List<String> roles = List.of();
  private UnaryOperator<SessionFilter.Builder> filter = UnaryOperator.identity();
  private UnaryOperator<TestConnection> connection = UnaryOperator.identity();
  private Integer maxSessions;
  private Duration timeout = Duration.ofSeconds(30);
  private Duration drain = Duration.ZERO;
  private boolean cancelFirst;
  private boolean dryRun;

  @BeforeEach
  void somebodyUsesTheDatabase() throws SQLException {
    database = SERVER.createDatabase();
    SERVER.execute(database, "create table wanted(); create table other()");
    pool = StubbornClients.of(SERVER, database).as(TestServer.SUPERUSER, "pool");
    flyway = pool.as(TestServer.SUPERUSER, "flyway");
  }

  @AfterEach
  void end() throws SQLException {
    pool.close();
  }

  @Test
  void onlyWhoKeepsTheProgramWaitingIsEnded() throws SQLException {
    Client holder = pool.holdingLock("wanted");
    Client bystander = pool.holdingLock("other");
    Client idle = pool.idle();
    Client waiter = flyway.waitingForLock("wanted");

    Termination termination = run();

    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(termination.verdict().summary())
        .isEqualTo("flyway has waited for no lock for 200ms; 1 session was in its way and ended");
    assertThat(outcomeOf(termination, holder)).isEqualTo("gone");
    assertThat(termination.results()).hasSize(1);
    assertThat(holder.alive()).isFalse();
    assertThat(bystander.alive()).isTrue();
    assertThat(idle.alive()).isTrue();
    assertThat(waiter.alive()).isTrue();
    assertThat(waiter.failure()).isEmpty();
    assertThat(holdsWanted(waiter)).isTrue();
  }

  @Test
  void itStandsByOverAUnixSocketAsWell() throws SQLException {
    connection = c -> c.at(SERVER.socketDirectory().toString(), SERVER.port());
    Client holder = pool.holdingLock("wanted");
    Client bystander = pool.idle();
    Client waiter = flyway.waitingForLock("wanted");
    assertThat(run().verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(holder.alive()).isFalse();
    assertThat(bystander.alive() && waiter.alive()).isTrue();
    assertThat(holdsWanted(waiter)).isTrue();
  }

  @Test
  void itStandsByUntilTheProgramWaits() throws SQLException {
    Client holder = pool.holdingLock("wanted");
    Client migration = flyway.idle();
    CompletableFuture<Void> later =
        CompletableFuture.runAsync(
            () -> {
              awaitALook();
              assertThat(alive(holder)).isTrue();
              lockWanted(migration);
            });
    assertThat(run().verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(holder.alive()).isFalse();
    later.join();
  }

  private static boolean alive(Client client) {
    try {
      return client.alive();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void lockWanted(Client client) {
    try {
      client.hold("lock table wanted");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whoeverNeverWaitsNeedsNobodyEnded() throws SQLException {
    Client holder = pool.holdingLock("wanted");
    flyway.idleInTransaction();
    timeout = Duration.ofMillis(300);
    Termination termination = run();
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(termination.verdict().summary())
        .isEqualTo("no session of flyway waited for a lock within 300ms; nobody was terminated");
    assertThat(holder.alive()).isTrue();
  }

  @Test
  void itSaysWhatItWaitsForWhileItWaits() throws SQLException {
    timeout = Duration.ofSeconds(4);
    run();
    assertThat(lines)
        .anyMatch(line -> line.matches("flyway does not wait for a lock, standing by: [23]s of.*"));
  }

  @Test
  void thoseBehindTheProgramAreNotInItsWay() throws SQLException {
    Client holder = pool.holdingLock("wanted");
    flyway.waitingForLock("wanted");
    Client behind = pool.waitingForLock("wanted");
    run();
    assertThat(holder.alive()).isFalse();
    assertThat(behind.alive()).isTrue();
  }

  @Test
  void theRootOfAChainIsEndedWhereItsMiddleIsSpared() throws SQLException {
    Client root = pool.as(TestServer.SUPERUSER, "root").holdingLock("other");
    Client middle = pool.as(TestServer.SUPERUSER, "spared").holdingLock("wanted");
    inBackground(middle, "lock table other; commit");
    Client waiter = flyway.waitingForLock("wanted");
    filter = f -> f.excludeApplicationNames(List.of(new NamePattern("spared", false)));

    Termination termination = run();

    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(root.alive()).isFalse();
    assertThat(middle.alive()).isTrue();
    assertThat(outcomeOf(termination, middle)).isEqualTo("excluded");
    assertThat(holdsWanted(waiter)).isTrue();
  }

  @Test
  void whoWaitsHimselfIsEndedFirstAndHisBlockerSpared() throws SQLException {
    Client root = pool.holdingLock("other");
    Client middle = pool.holdingLock("wanted");
    inBackground(middle, "lock table other");
    flyway.waitingForLock("wanted");
    assertThat(run().verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(middle.alive()).isFalse();
    assertThat(root.alive()).isTrue();
  }

  @Test
  void theProgramIsToldByPidOrExpression() throws SQLException {
    Client holder = pool.holdingLock("wanted");
    Client waiter = flyway.waitingForLock("wanted");
    program = Program.parse("awaitLocks", List.of(Integer.toString(waiter.pid())));
    run();
    assertThat(holder.alive()).isFalse();

    waiter.connection().rollback();
    Client again = pool.holdingLock("wanted");
    flyway.waitingForLock("wanted");
    program = Program.parse("awaitLocks", List.of("nobody", "/^FLY/", "/way$/"));
    run();
    assertThat(again.alive()).isFalse();
  }

  @Test
  void theProgramsOwnSessionsAreNeverVictims() throws SQLException {
    Client own = flyway.holdingLock("wanted");
    flyway.waitingForLock("wanted");
    timeout = Duration.ofMillis(500);
    Termination termination = run();
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.FAILURE);
    assertThat(termination.verdict().summary())
        .contains(
            "pid " + own.pid() + " of postgres/flyway, idle in transaction",
            "(it is of the program itself)");
    assertThat(own.alive()).isTrue();
  }

  @Test
  void exclusionsWin() throws SQLException {
    Client spared = pool.holdingLock("wanted");
    Client waiter = flyway.waitingForLock("wanted");
    filter = f -> f.excludeSessionUsers(List.of(TestServer.SUPERUSER));
    timeout = Duration.ofMillis(500);
    Termination termination = run();
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.FAILURE);
    assertThat(termination.verdict().summary())
        .isEqualTo(
            "pid "
                + waiter.pid()
                + " of postgres/flyway still waits for a lock, held by pid "
                + spared.pid()
                + " of postgres/pool, idle in transaction in database "
                + database
                + " (excluded: excludeSessionUsers)");
    assertThat(outcomeOf(termination, spared)).isEqualTo("excluded");
    assertThat(spared.alive()).isTrue();
  }

  @Test
  void filtersRestrictTheVictims() throws SQLException {
    Client holder = pool.holdingLock("wanted");
    flyway.waitingForLock("wanted");
    filter = f -> f.applicationNames(List.of(new NamePattern("another pool", false)));
    timeout = Duration.ofMillis(500);
    assertThat(run().verdict().summary()).contains("(the filters do not select it)");
    assertThat(holder.alive()).isTrue();
  }

  @Test
  void aPreparedTransactionIsNamedWithTheStatementThatEndsIt() throws SQLException {
    String gid = "it's " + database;
    try (Connection xa = SERVER.connect(database, TestServer.SUPERUSER);
        Statement statement = xa.createStatement()) {
      statement.execute("begin; lock table wanted in share mode");
      statement.execute("prepare transaction '" + gid.replace("'", "''") + "'");
    }
    try (Connection another = SERVER.connect(database, TestServer.SUPERUSER);
        Statement statement = another.createStatement()) {
      // holds a lock on the same table that does not conflict
      statement.execute("begin; lock table other");
      statement.execute("prepare transaction 'harmless " + database + "'");
    }
    try {
      flyway.waitingForLock("wanted");
      timeout = Duration.ofMillis(500);
      Termination termination = run();
      assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.FAILURE);
      assertThat(termination.verdict().summary())
          .contains(
              "held by prepared transaction '"
                  + gid.replace("'", "''")
                  + "' of role postgres, prepared ");
      assertThat(termination.remedy())
          .isEqualTo("ROLLBACK PREPARED 'it''s " + database + "'; -- in database " + database);
      assertThat(journal.report().surroundings().blockers())
          .extracting(Blocker::kind)
          .containsExactly(Blocker.Kind.PREPARED_TRANSACTION);
    } finally {
      SERVER.execute(database, "rollback prepared '" + gid.replace("'", "''") + "'");
      SERVER.execute(database, "rollback prepared 'harmless " + database + "'");
    }
  }

  @Test
  void whatTheServerRefusesIsAFailureWithTheGrant() throws SQLException {
    String watcher = SERVER.createRole("login in role pg_read_all_stats");
    String app = SERVER.createRole("login");
    SERVER.execute(database, "grant all on wanted to " + app);
    Client holder = pool.as(app, "pool").holdingLock("wanted");
    flyway.waitingForLock("wanted");
    connection = c -> c.as(watcher);
    roles = List.of(TestServer.SUPERUSER);
    timeout = Duration.ofSeconds(1);
    Termination termination = run();
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.FAILURE);
    assertThat(termination.verdict().summary()).contains("(the server refuses to end it)");
    assertThat(outcomeOf(termination, holder)).isEqualTo("refused");
    assertThat(termination.remedy()).contains("GRANT pg_signal_backend");
    assertThat(holder.alive()).isTrue();
  }

  @Test
  void aProgramWhoseWaitingIsHiddenIsNotGuessedAt() throws SQLException {
    String blind = SERVER.createRole("login");
    Client holder = pool.holdingLock("wanted");
    flyway.waitingForLock("wanted");
    connection = c -> c.as(blind);
    roles = List.of(TestServer.SUPERUSER);
    assertThatThrownBy(this::run)
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("hides from this role whether pid")
        .satisfies(e -> assertThat(((PgkillFailure) e).remedy().orElseThrow()).contains("GRANT"));
    assertThat(holder.alive()).isTrue();
  }

  @Test
  void moreThanAllowedAtOnceAreAllLeftAlone() throws SQLException {
    List<Client> holders =
        List.of(sharing(pool.idleInTransaction()), sharing(pool.idleInTransaction()));
    flyway.waitingForLock("wanted");
    maxSessions = 1;
    assertThatThrownBy(this::run)
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("2 sessions in the way at once");
    for (Client holder : holders) {
      assertThat(holder.alive()).isTrue();
    }
  }

  @Test
  void aDryRunLooksOnceAndTouchesNobody() throws SQLException {
    Client holder = pool.holdingLock("wanted");
    flyway.waitingForLock("wanted");
    dryRun = true;
    Termination termination = run();
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.DRY_RUN);
    assertThat(termination.statements()).hasSize(1);
    assertThat(termination.statements().get(0))
        .contains("pg_terminate_backend", Integer.toString(holder.pid()));
    assertThat(holder.alive()).isTrue();
  }

  @Test
  void whoEndsByItselfInTimeIsNotEnded() throws SQLException {
    Client holder = pool.holdingLock("wanted");
    flyway.waitingForLock("wanted");
    drain = Duration.ofSeconds(20);
    Thread letsGo =
        new Thread(
            () -> {
              try {
                awaitALook();
                holder.connection().rollback();
              } catch (SQLException e) {
                throw new IllegalStateException(e);
              }
            });
    letsGo.start();
    Termination termination = run();
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(termination.results()).isEmpty();
    assertThat(holder.alive()).isTrue();
  }

  @Test
  void cancellingMayBeEnough() throws SQLException {
    Client holder = pool.idle();
    inBackground(holder, "begin; lock table wanted; select pg_sleep(3600)");
    Eventually.within(20, () -> holdsWanted(holder));
    flyway.waitingForLock("wanted");
    cancelFirst = true;
    assertThat(run().verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(holder.alive()).isTrue();
  }

  @Test
  void whoGivesUpInFrontOfWhatCannotBeEndedHasNoLock() throws SQLException {
    Client spared = pool.holdingLock("wanted");
    Client waiter = flyway.waitingForLock("wanted");
    filter = f -> f.excludeSessionUsers(List.of(TestServer.SUPERUSER));
    Thread killer =
        new Thread(
            () -> {
              try {
                awaitALook();
                SERVER.query("select pg_terminate_backend(?)", waiter.pid());
              } catch (SQLException e) {
                throw new IllegalStateException(e);
              }
            });
    killer.start();
    assertThatThrownBy(this::run)
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("gave up waiting for a lock")
        .hasMessageContaining("pid " + spared.pid());
  }

  @Test
  void whoMerelyCallsHimselfSoIsNotStoodByFor() throws SQLException {
    String mallory = SERVER.createRole("login");
    SERVER.execute(database, "grant all on wanted to " + mallory);
    Client holder = pool.holdingLock("wanted");
    Client imposter = pool.as(mallory, "flyway").waitingForLock("wanted");
    timeout = Duration.ofMillis(700);

    for (Program told :
        List.of(
            Program.parse("awaitLocks", List.of("flyway")),
            Program.parse("awaitLocks", List.of("/fly/")),
            Program.parse("awaitLocks", List.of(Integer.toString(imposter.pid()))))) {
      program = told;
      lines.clear();

      Termination termination = run();

      assertThat(holder.alive()).as(told.toString()).isTrue();
      assertThat(termination.results()).isEmpty();
      assertThat(termination.verdict().summary()).contains("nobody was terminated");
      String ignored = "pid " + imposter.pid() + " of " + mallory + "/flyway";
      assertThat(termination.verdict().remarks())
          .singleElement()
          .asString()
          .startsWith(ignored + " is not of awaitRoles (postgres): ignored");
      assertThat(lines).filteredOn(line -> line.startsWith("WARN " + ignored)).hasSize(1);
    }
  }

  @Test
  void whatTheProgramCannotHideIsItsLogin() throws SQLException {
    String mallory = SERVER.createRole("login");
    SERVER.execute("grant " + TestServer.SUPERUSER + " to " + mallory);
    Client holder = pool.holdingLock("wanted");
    Client imposter = pool.as(mallory, "flyway").idle();
    inBackground(imposter, "begin; set role " + TestServer.SUPERUSER + "; lock table wanted");
    timeout = Duration.ofMillis(700);
    run();
    assertThat(holder.alive()).isTrue();

    roles = List.of(mallory);
    timeout = Duration.ofSeconds(30);
    assertThat(run().verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(holder.alive()).isFalse();
  }

  @Test
  void anImposterInTheWayIsSparedAndNamed() throws SQLException {
    String mallory = SERVER.createRole("login");
    SERVER.execute(database, "grant all on wanted to " + mallory);
    Client imposter = pool.as(mallory, "flyway").holdingLock("wanted");
    flyway.waitingForLock("wanted");
    timeout = Duration.ofMillis(700);
    Termination termination = run();
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.FAILURE);
    assertThat(termination.verdict().summary())
        .contains(
            "held by pid " + imposter.pid() + " of " + mallory,
            "(it calls itself so, and is not of awaitRoles)");
    assertThat(imposter.alive()).isTrue();
  }

  @Test
  void anImposterWhoseDetailsAreHiddenStopsNobody() throws SQLException {
    String watcher = SERVER.createRole("login");
    pool.as(TestServer.SUPERUSER, "flyway").idle();
    connection = c -> c.as(watcher);
    timeout = Duration.ofMillis(300);
    assertThat(run().verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(said("is not of awaitRoles (" + watcher + "): ignored")).isTrue();
  }

  @Test
  void theRoleThatIsTakenAfterTheLoginIsAwaitedToo() throws SQLException {
    String login = SERVER.createRole("login");
    SERVER.execute("grant " + TestServer.SUPERUSER + " to " + login);
    Client holder = pool.holdingLock("wanted");
    flyway.waitingForLock("wanted");
    connection = c -> c.as(login).role(TestServer.SUPERUSER);
    run();
    assertThat(holder.alive()).isFalse();
  }

  @Test
  void aRoleThatDoesNotExistIsRefused() throws SQLException {
    Client holder = pool.holdingLock("wanted");
    flyway.waitingForLock("wanted");
    roles = List.of(TestServer.SUPERUSER, "nobody_at_all");
    assertThatThrownBy(this::run)
        .isInstanceOf(InvalidParameter.class)
        .hasMessage(
            "parameter awaitRoles: there is no role nobody_at_all on this server; nothing was"
                + " touched");
    assertThat(holder.alive()).isTrue();
  }

  @Test
  void aBadNameIsRefused() throws SQLException {
    Client holder = pool.holdingLock("wanted");
    flyway.waitingForLock("wanted");
    program = Program.parse("awaitLocks", List.of("/(/"));
    assertThatThrownBy(this::run)
        .isInstanceOf(InvalidParameter.class)
        .hasMessageContaining("parameter awaitLocks");
    assertThatThrownBy(() -> Program.parse("awaitLocks", List.of("-1")))
        .isInstanceOf(InvalidParameter.class);
    assertThat(holder.alive()).isTrue();
  }

  private Termination run() {
    ConnectionSettings settings = connection.apply(TestConnection.to(SERVER, database)).settings();
    GuardRails rails = new GuardRails(List.of(), List.of(), List.of(), List.of(), maxSessions);
    return new AwaitLocks(new RecordedConsole(lines), journal)
        .run(
            new AwaitLocks.Request(
                settings,
                rails,
                program,
                roles,
                filter.apply(SessionFilter.builder()).build(),
                new TerminationOptions(timeout, Duration.ofMillis(200), drain, cancelFirst, dryRun),
                true));
  }

  /** Until the goal stands by and has seen how things are. */
  private void awaitALook() {
    Eventually.within(20, () -> said("standing by while flyway works"));
    Looks.pass(SERVER);
  }

  private boolean said(String text) {
    return lines.stream().anyMatch(line -> line.contains(text));
  }

  private static Client sharing(Client client) throws SQLException {
    client.run("lock table wanted in share mode");
    return client;
  }

  private boolean holdsWanted(Client client) throws SQLException {
    return !SERVER
        .query(
            "select 1 from pg_locks where granted and mode = 'AccessExclusiveLock' and pid = ?"
                + " and locktype = 'relation'",
            client.pid())
        .isEmpty();
  }

  private static void inBackground(Client client, String sql) {
    client.runAside(sql);
    Eventually.within(
        20,
        () ->
            !SERVER
                .query(
                    "select 1 from pg_stat_activity where pid = ? and state = 'active'"
                        + " and wait_event_type in ('Lock', 'Timeout')",
                    client.pid())
                .isEmpty());
  }
}
