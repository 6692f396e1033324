package io.github.pgkill.job.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.testing.DiagnoseJob;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Random sets of blockers: {@code diagnose} calls dropping the database clear exactly when a plain
 * DROP DATABASE, typed by the same role a moment later, succeeds. {@code -Dpgkill.cases=200} takes
 * more of them, {@code -Dpgkill.seed} repeats one run.
 */
@Tag("slow")
@Tag("newest")
final class DiagnoseOracleTest {

  private static final int CASES = Integer.getInteger("pgkill.cases", 25);
  private static final long SEED = Long.getLong("pgkill.seed", System.nanoTime());

  /** A DROP that sessions stop takes five seconds, in which it only sleeps. */
  private static final int AT_ONCE = 6;

  private static final TestServer SERVER =
      TestServer.start(Map.of("max_prepared_transactions", "200", "max_replication_slots", "200"));

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  /**
   * In the order in which they can be made: to create a slot waits for running transactions,
   * prepared ones too, and into a closed database nobody gets any more.
   */
  private enum Trouble {
    SLOT_IN_USE,
    SLOT_IDLE,
    IDLE,
    IN_TRANSACTION,
    ACTIVE,
    HOLDS_A_TABLE,
    SUBSCRIPTION,
    BACKUP_TOOL,
    STALE_LIQUIBASE,
    PREPARED,
    PREPARED_WITHOUT_LOCKS,
    TEMPLATE,
    NOT_THE_OWNER,
    CLOSED,
    INVALID,
    LOCKED_FROM_ELSEWHERE
  }

  @Test
  void clearMeansThatDropDatabaseSucceeds() throws InterruptedException, ExecutionException {
    Random random = new Random(SEED);
    ExecutorService pool = Executors.newFixedThreadPool(AT_ONCE);
    List<Future<String>> cases = new ArrayList<>();
    for (int i = 0; i < CASES; i++) {
      Set<Trouble> troubles = troubles(random);
      Callable<String> one = () -> judge(troubles);
      cases.add(pool.submit(one));
    }
    int clear = 0;
    try {
      for (Future<String> one : cases) {
        String verdict = one.get();
        assertThat(verdict).as("seed %d", SEED).isIn("clear", "blocked");
        clear += verdict.equals("clear") ? 1 : 0;
      }
    } finally {
      pool.shutdownNow();
    }
    // neither answer is the only one that was ever right
    assertThat(clear).as("seed %d", SEED).isBetween(1, CASES - 1);
  }

  /** A third has nothing but what does not matter, and none more than three. */
  private static Set<Trouble> troubles(Random random) {
    Set<Trouble> troubles = EnumSet.noneOf(Trouble.class);
    if (random.nextInt(3) == 0) {
      Trouble[] harmless = {
        Trouble.SLOT_IDLE, Trouble.INVALID, Trouble.CLOSED, Trouble.STALE_LIQUIBASE
      };
      for (int i = random.nextInt(3); i > 0; i--) {
        troubles.add(harmless[random.nextInt(harmless.length)]);
      }
      return troubles;
    }
    for (int i = random.nextInt(3) + 1; i > 0; i--) {
      troubles.add(Trouble.values()[random.nextInt(Trouble.values().length)]);
    }
    return troubles;
  }

  /** One case: what both said if they agree, or how they differ. */
  private static String judge(Set<Trouble> troubles) throws SQLException {
    String database = SERVER.createDatabase();
    String owner = SERVER.createRole("login");
    SERVER.execute("alter database " + database + " owner to " + owner);
    String role = troubles.contains(Trouble.NOT_THE_OWNER) ? SERVER.createRole("login") : owner;
    SERVER.execute("grant pg_read_all_stats to " + role);
    try (StubbornClients inside = StubbornClients.of(SERVER, database);
        StubbornClients elsewhere = StubbornClients.of(SERVER, "postgres")) {
      for (Trouble trouble : troubles) {
        make(trouble, database, inside, elsewhere);
      }
      GoalReport report = DiagnoseJob.on(SERVER, database).as(role).run(Intent.DROP);
      boolean clear = DiagnoseJob.stopping(report).isEmpty();
      String refusal = drop(database, role);
      if (clear != refusal.isEmpty()) {
        return troubles + ": diagnose said " + report.verdict() + ", DROP said '" + refusal + "'";
      }
      return clear ? "clear" : "blocked";
    } finally {
      tidy(database);
    }
  }

  private static void make(
      Trouble trouble, String database, StubbornClients inside, StubbornClients elsewhere)
      throws SQLException {
    switch (trouble) {
      case IDLE -> inside.idle();
      case IN_TRANSACTION -> inside.idleInTransaction();
      case ACTIVE -> inside.active();
      case HOLDS_A_TABLE -> {
        SERVER.execute(database, "create table held (id int)");
        inside.holdingLock("held");
      }
      case PREPARED ->
          SERVER.execute(
              database, "begin; create table p (id int); prepare transaction 'p_" + database + "'");
      case PREPARED_WITHOUT_LOCKS ->
          SERVER.execute(
              database, "begin; select txid_current(); prepare transaction 'n_" + database + "'");
      case SLOT_IN_USE -> slot(inside.idle().connection(), "u_" + database, true);
      case SLOT_IDLE -> {
        try (Connection connection = SERVER.connect(database, TestServer.SUPERUSER)) {
          slot(connection, "i_" + database, false);
        }
      }
      case SUBSCRIPTION ->
          SERVER.execute(
              database,
              "create subscription s_"
                  + database
                  + " connection 'host=x' publication p with (connect=false, slot_name=none)");
      case TEMPLATE -> SERVER.execute("alter database " + database + " is_template true");
      case NOT_THE_OWNER -> {}
      case INVALID ->
          SERVER.execute(
              "update pg_database set datconnlimit = -2 where datname = '" + database + "'");
      case CLOSED -> SERVER.execute("alter database " + database + " allow_connections false");
      case LOCKED_FROM_ELSEWHERE -> {
        Connection connection = elsewhere.idleInTransaction().connection();
        try (Statement statement = connection.createStatement()) {
          statement.execute("comment on database " + database + " is 'not committed'");
        }
      }
      case BACKUP_TOOL -> inside.as(TestServer.SUPERUSER, "pg_dump").idle();
      case STALE_LIQUIBASE ->
          SERVER.execute(
              database,
              "create table databasechangeloglock (id int, locked boolean, lockgranted timestamp,"
                  + " lockedby text); insert into databasechangeloglock values (1, true, now(),"
                  + " 'gone (10.1.2.3)')");
    }
  }

  private static void slot(Connection connection, String name, boolean temporary)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "select pg_create_logical_replication_slot('"
              + name
              + "', 'test_decoding', "
              + temporary
              + ")");
    }
  }

  /** What the server says to the plain statement; empty when it is done. */
  private static String drop(String database, String role) throws SQLException {
    try (Connection connection = SERVER.connect("postgres", role);
        Statement statement = connection.createStatement()) {
      // for the lock on the database, before anything is destroyed
      statement.execute("set lock_timeout = '2s'");
      statement.execute("drop database " + database);
      return "";
    } catch (SQLException e) {
      return e.getMessage();
    }
  }

  /** Prepared transactions would outlive the case and hold up those that create slots. */
  private static void tidy(String database) throws SQLException {
    SERVER.execute(
        "update pg_database set datconnlimit = -1, datallowconn = true where datname = '"
            + database
            + "'");
    for (String gid :
        SERVER.query("select gid from pg_prepared_xacts where database = ?", database)) {
      SERVER.execute(database, "rollback prepared '" + gid + "'");
    }
  }
}
