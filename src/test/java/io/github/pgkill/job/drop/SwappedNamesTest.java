package io.github.pgkill.job.drop;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.RecordedConsole;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * An administrator lets two databases change their names while one of them is dropped or recreated:
 * the other one, which nobody named by its object id, always survives as it was. More often with
 * {@code -Dpgkill.cases=480}.
 */
@Tag("slow")
final class SwappedNamesTest {

  private static final TestServer SERVER = TestServer.start(Map.of());
  private static final long SEED = Long.getLong("pgkill.seed", System.nanoTime());
  private static final int CASES = Integer.getInteger("pgkill.cases", 8);

  private static final String LOCKS =
      "select 1 from pg_locks l where l.locktype = 'object' and l.classid = 1262"
          + " and l.objid = %d and l.mode = '%s' and l.granted = %b";

  /** When the administrator begins, and when she commits. */
  private enum Moment {
    /** Begun before the goal, committed when the goal waits for her. */
    BEFORE_THE_GOAL,
    /** Begun while nobody has a lock, just before the goal takes its own. */
    BEFORE_THE_LOCK,
    /** Begun while the goal holds the name; she waits for it. */
    WHILE_THE_NAME_IS_HELD,
    /** Begun while DROP DATABASE or RENAME waits for its own lock. */
    WHILE_THE_STATEMENT_WAITS,
    /** Whenever it is. */
    AT_RANDOM
  }

  private enum Goal {
    DROP,
    RECREATE
  }

  private final Random random = new Random(SEED);
  private final Map<String, Integer> tally = new TreeMap<>();

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @Test
  void theOtherDatabaseAlwaysSurvives() throws SQLException {
    List<Goal> goals = List.of(Goal.values());
    List<Moment> moments = List.of(Moment.values());
    for (int i = 0; i < CASES; i++) {
      Goal goal = goals.get(i % goals.size());
      boolean superuser = i / goals.size() % 2 == 0;
      Moment moment = moments.get(i / goals.size() / 2 % moments.size());
      new Round(goal, superuser, moment).run();
    }
    tally.forEach((what, count) -> System.out.println(count + " x " + what));
  }

  @Test
  void whatHasAnotherNameByNowWasNotCleared() throws SQLException {
    String app = SERVER.createDatabase();
    String prod = SERVER.createDatabase();
    try (StubbornClients clients = StubbornClients.of(SERVER, app)) {
      clients.idle();
      CompletableFuture<String> said =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return TestJob.on(SERVER, app)
                      .quietPeriod(Duration.ofSeconds(3))
                      .run()
                      .verdict()
                      .summary();
                } catch (PgkillFailure e) {
                  return e.getMessage();
                }
              });
      Eventually.within(
          20,
          () -> SERVER.query("select 1 from pg_stat_activity where datname = ?", app).isEmpty());
      SERVER.execute("alter database " + app + " rename to " + app + "_keep");
      SERVER.execute("alter database " + prod + " rename to " + app);
      assertThat(said.join()).contains("was renamed to " + app + "_keep meanwhile");
    }
  }

  private final class Round {

    private final Goal goal;
    private final Moment moment;
    private final String app;
    private final String prod;
    private final String user;
    private final String appOid;
    private final String prodOid;
    private final List<String> prodBefore;
    private final boolean commits;
    private final String round;

    Round(Goal goal, boolean superuser, Moment moment) throws SQLException {
      this.goal = goal;
      this.moment = moment;
      app = SERVER.createDatabase();
      prod = SERVER.createDatabase();
      SERVER.execute(prod, "create table precious as select 42 as answer");
      user =
          superuser
              ? TestServer.SUPERUSER
              : SERVER.createRole(goal == Goal.DROP ? "login nocreatedb" : "login createdb");
      SERVER.execute("alter database " + app + " owner to " + user);
      if (random.nextInt(4) > 0) {
        // then nothing else would keep the goal from it
        SERVER.execute("alter database " + prod + " owner to " + user);
      }
      appOid = oid(app);
      prodOid = oid(prod);
      prodBefore = state(prodOid);
      commits = random.nextInt(5) > 0 || moment == Moment.BEFORE_THE_GOAL;
      round =
          "%s as %s, %s, seed %d".formatted(goal, superuser ? "superuser" : "owner", moment, SEED);
    }

    void run() throws SQLException {
      DropJobs job = DropJobs.on(SERVER, app).as(user).timeout(Duration.ofSeconds(20));
      // closed beforehand: this is about dropping
      job.closeForTheBuild();
      try (Connection administrator = SERVER.connect("postgres", TestServer.SUPERUSER, "admin")) {
        administrator.setAutoCommit(false);
        if (moment == Moment.BEFORE_THE_GOAL) {
          assertThat(swap(administrator)).isEqualTo("swapped");
        }
        long delay = random.nextInt(1_500);
        CompletableFuture<String> swap =
            CompletableFuture.supplyAsync(() -> administrate(administrator, job, delay));
        String outcome = outcome(job);
        check(outcome, swap.join());
      } finally {
        BuildLockouts.openAll(new RecordedConsole(new ArrayList<>()));
      }
    }

    private String outcome(DropJobs job) {
      try {
        return (goal == Goal.DROP ? job.drop() : job.recreate()).verdict().status().toString();
      } catch (PgkillException e) {
        return "failed: " + e.getMessage();
      }
    }

    private String administrate(Connection administrator, DropJobs job, long delay) {
      String swapped = "swapped";
      if (moment != Moment.BEFORE_THE_GOAL) {
        Eventually.within(30, () -> job.said().contains("closed already"));
        await(delay);
        swapped = swap(administrator);
      } else {
        Eventually.within(30, () -> locked("ShareUpdateExclusiveLock", false));
      }
      if (moment == Moment.AT_RANDOM) {
        LockSupport.parkNanos(Duration.ofMillis(delay % 300).toNanos());
      }
      try {
        if (commits) {
          administrator.commit();
        } else {
          administrator.rollback();
        }
        return (commits ? "commit of " : "rollback of ") + swapped;
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    /** The moment may never come, or be too short to be seen: then it is another one. */
    private void await(long delay) {
      long end = System.nanoTime() + Duration.ofMillis(3_000).toNanos();
      if (moment == Moment.AT_RANDOM) {
        LockSupport.parkNanos(Duration.ofMillis(delay).toNanos());
      } else if (moment == Moment.WHILE_THE_NAME_IS_HELD) {
        while (System.nanoTime() < end && !locked("ShareUpdateExclusiveLock", true)) {
          Thread.onSpinWait();
        }
      } else if (moment == Moment.WHILE_THE_STATEMENT_WAITS) {
        while (System.nanoTime() < end && !locked("AccessExclusiveLock", false)) {
          Thread.onSpinWait();
        }
      }
    }

    private boolean locked(String mode, boolean granted) throws IllegalStateException {
      try {
        return !SERVER.query(LOCKS.formatted(Long.parseLong(appOid), mode, granted)).isEmpty();
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    private String swap(Connection administrator) {
      try (Statement statement = administrator.createStatement()) {
        statement.execute("alter database " + app + " rename to " + app + "_keep");
        statement.execute("alter database " + prod + " rename to " + app);
        return "swapped";
      } catch (SQLException e) {
        return "no swap " + e.getSQLState();
      }
    }

    private void check(String outcome, String swap) throws SQLException {
      String brief =
          outcome.replaceAll("(?s)^(failed: .{0,12}).*?(renamed|not there|lock|$).*", "$1$2");
      tally.merge(round.replaceAll(", seed.*", "") + ": " + swap + " -> " + brief, 1, Integer::sum);
      String what = round + ": " + swap + " -> " + outcome;
      assertThat(state(prodOid)).as(what).isEqualTo(prodBefore);
      String name = SERVER.query("select datname from pg_database where oid = " + prodOid).get(0);
      assertThat(SERVER.queryIn(name, "select answer from precious"))
          .as(what)
          .containsExactly("42");
      boolean gone = state(appOid).isEmpty();
      assertThat(gone).as(what).isEqualTo(outcome.equals("SUCCESS"));
      if (moment == Moment.BEFORE_THE_GOAL) {
        assertThat(outcome).as(what).contains("was renamed to " + app + "_keep meanwhile");
      }
      if (swap.startsWith("rollback")) {
        assertThat(outcome).as(what).isEqualTo("SUCCESS");
      }
      assertThat(SERVER.unfinishedDatabases()).as(what).isEmpty();
    }

    private String oid(String name) throws SQLException {
      return SERVER.query("select oid from pg_database where datname = ?", name).get(0);
    }

    /** All of it but its name, which is the administrator's. */
    private List<String> state(String oid) throws SQLException {
      return SERVER.query(
          "select (to_jsonb(d) - 'datname' - 'datfrozenxid' - 'datminmxid')::text"
              + " || coalesce(shobj_description(oid, 'pg_database'), '-')"
              + " from pg_database d where oid = "
              + oid);
    }
  }
}
