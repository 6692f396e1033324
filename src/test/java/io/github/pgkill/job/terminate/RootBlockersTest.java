package io.github.pgkill.job.terminate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.sessions.Exclusion;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.value.RelationName;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.StubbornClients.Client;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code rootBlockersOnly}: who is at the root of a blocking chain, wherever it begins. */
class RootBlockersTest {

  private static final TestServer SERVER = TestServer.shared();
  private static final SessionFilter ROOTS = SessionFilter.builder().rootBlockersOnly(true).build();

  private String database;
  private StubbornClients clients;

  @BeforeEach
  void open() throws SQLException {
    database = SERVER.createDatabase();
    clients = StubbornClients.of(SERVER, database);
    SERVER.execute(database, "create table a (id int); create table b (id int)");
    SERVER.execute(database, "insert into a values (1); insert into b values (1)");
  }

  @AfterEach
  void close() throws SQLException {
    clients.close();
  }

  @Test
  void onlyTheRootIsHitAndWhoWaitedForItGoesOn() throws SQLException {
    Client holderForNobody = clients.idle();
    holderForNobody.hold("select from pg_class");
    Client root = clients.holdingLock("a");
    Client middle = clients.holdingLock("b");
    waitFor(middle, "lock table a");
    Client end = clients.waitingForLock("b");
    Client idle = clients.idle();

    Termination termination = job().run();

    assertThat(TestJob.outcomeOf(termination, root)).isEqualTo("gone");
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    for (Client living : List.of(holderForNobody, middle, end, idle)) {
      assertThat(living.alive()).isTrue();
    }
    // the middle has got its lock and is the root now: spared, and said so
    assertThat(TestJob.resultOf(termination, middle.id()).outcome())
        .isEqualTo(new Outcome.Excluded(Exclusion.WAITED_BEFORE));
    assertThat(termination.results()).hasSize(2);

    Termination next = job().run();
    assertThat(TestJob.outcomeOf(next, middle)).isEqualTo("gone");
    assertThat(end.alive()).isTrue();
  }

  @Test
  void severalChainsHaveSeveralRoots() throws SQLException {
    Client one = clients.idle();
    Client two = clients.idle();
    one.hold("lock table a in share mode");
    two.hold("lock table a in share mode");
    Client row = clients.idle();
    row.hold("update b set id = 2");
    Client waitsForBoth = clients.waitingForLock("a");
    Client behindTheWaiter = clients.idle();
    behindTheWaiter.connection().setAutoCommit(false);
    waitFor(behindTheWaiter, "select from a");
    Client waitsForRow = clients.idle();
    waitFor(waitsForRow, "update b set id = 3");

    Termination rehearsal = job().dryRun().run();

    assertThat(rehearsal.victims())
        .extracting(session -> session.pid())
        .containsExactlyInAnyOrder(one.pid(), two.pid(), row.pid());
    assertThat(behindTheWaiter.alive()).isTrue();
    assertThat(waitsForBoth.alive()).isTrue();
  }

  @Test
  void togetherWithNamesBothMustHold() throws SQLException {
    Client root = clients.holdingLock("a");
    Client otherRoot = clients.holdingLock("b");
    clients.waitingForLock("a");
    clients.waitingForLock("b");

    Termination termination =
        TestJob.on(SERVER, database)
            .filter(
                f ->
                    f.rootBlockersOnly(true)
                        .holdingLocksOn(List.of(new RelationName("public", "a"))))
            .dryRun()
            .run();

    assertThat(termination.victims())
        .extracting(session -> session.pid())
        .containsExactly(root.pid());
    assertThat(otherRoot.alive()).isTrue();
  }

  @Test
  void nobodyWaitsNobodyIsARoot() throws SQLException {
    Client holder = clients.holdingLock("a");

    Termination termination = job().run();

    assertThat(termination.results()).isEmpty();
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(holder.alive()).isTrue();
  }

  @Test
  void aChainThatStartsAtAPreparedTransactionHasNoSessionAsItsRoot() throws SQLException {
    String gid = "root \"of\" " + database;
    Client xa = clients.idle();
    xa.hold("update a set id = 2");
    xa.run("prepare transaction '" + gid + "'");
    xa.connection().setAutoCommit(true);
    Client waiter = clients.holdingLock("b");
    waitFor(waiter, "update a set id = 3");
    Client end = clients.waitingForLock("b");
    try {
      Termination termination = job().run();

      assertThat(termination.results()).isEmpty();
      assertThat(waiter.alive()).isTrue();
      assertThat(end.alive()).isTrue();
      assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.FAILURE);
      assertThat(termination.verdict().summary())
          .startsWith("prepared transaction '" + gid + "' of role postgres")
          .contains("is at the root of a blocking chain");
      assertThat(termination.remedy())
          .contains("ROLLBACK PREPARED 'root \"of\" " + database + "'; in database " + database);
      assertThat(job().dryRun().run().verdict().remarks()).anyMatch(r -> r.contains(gid));
    } finally {
      SERVER.execute(database, "rollback prepared '" + gid + "'");
    }
  }

  @Test
  void aChainThatStartsAtAParallelWorkerEndsWithItsLeader() throws SQLException {
    SERVER.execute(
        database,
        """
        create table big (id int) with (parallel_workers = 2);
        insert into big select generate_series(1, 100000);
        analyze big;
        create function slow(int) returns int language plpgsql parallel safe as $$
          begin perform 1 from a; perform pg_sleep(3600); return 1; end $$
        """);
    Client leader = clients.idle();
    leader.run("set parallel_setup_cost = 0; set parallel_tuple_cost = 0");
    leader.run("set min_parallel_table_scan_size = 0; set parallel_leader_participation = off");
    leader.runAside("select count(slow(id)) from big");
    Eventually.within(
        20,
        () ->
            !SERVER
                .query(
                    "select 1 from pg_stat_activity where backend_type = 'parallel worker' and"
                        + " datname = ? and wait_event = 'PgSleep'",
                    database)
                .isEmpty());
    Client waiter = clients.waitingForLock("a");

    Termination termination = job().run();

    assertThat(TestJob.pids(termination)).containsExactly(leader.pid());
    assertThat(TestJob.outcomeOf(termination, leader)).isEqualTo("gone");
    assertThat(waiter.alive()).isTrue();
  }

  @Test
  void aChainThatStartsInAnotherDatabaseIsToldAndNotTouched() throws SQLException {
    String role = SERVER.createRole("");
    Client elsewhere = clients.to(SERVER.createDatabase()).idle();
    elsewhere.hold("comment on role " + role + " is 'x'");
    Client waiter = clients.idle();
    waiter.connection().setAutoCommit(false);
    waitFor(waiter, "drop role " + role);

    Termination termination = job().run();

    assertThat(termination.results()).isEmpty();
    assertThat(elsewhere.alive()).isTrue();
    assertThat(waiter.alive()).isTrue();
    assertThat(termination.verdict().remarks())
        .anyMatch(
            remark ->
                remark.contains("wait for pid " + elsewhere.pid() + " of postgres in database")
                    && remark.contains("belongs elsewhere"));
  }

  private TestJob job() {
    return TestJob.on(SERVER, database).filter(ROOTS);
  }

  private static void waitFor(Client client, String sql) {
    client.runAside(sql);
    Eventually.within(
        20,
        () ->
            !SERVER
                .query(
                    "select 1 from pg_stat_activity where pid = ? and wait_event_type = 'Lock'",
                    client.pid())
                .isEmpty());
  }
}
