package io.github.pgkill.postgres.lockout;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.model.lockout.BuildIdentity;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two builds close and open a database as fast as they can while an administrator changes it:
 * nothing of his is lost, and it is never closed without a record. More with {@code
 * -Dpgkill.cases=400}.
 */
@Tag("slow")
@Tag("newest")
class ClosingRaceTest {

  private static final TestServer SERVER = TestServer.shared();
  private static final long SEED = Long.getLong("pgkill.seed", System.nanoTime());
  private static final int ROUNDS = Integer.getInteger("pgkill.cases", 6);
  private static final int CHANGES = 12;
  private static final int CHANGES_FOR_A_CLOSING = 3;

  private final Map<String, Integer> tally = new ConcurrentHashMap<>();
  private String name;
  private String role;

  @Test
  void nothingIsLostAndNothingStaysClosed() throws SQLException {
    role = SERVER.createRole("login");
    for (int round = 0; round < ROUNDS; round++) {
      name = SERVER.createDatabase();
      AtomicBoolean over = new AtomicBoolean();
      Random random = new Random(SEED + round);
      CompletableFuture<Void> one = build(random.nextLong(), over);
      CompletableFuture<Void> two = build(random.nextLong(), over);
      CompletableFuture<Void> watch = CompletableFuture.runAsync(() -> watch(over));
      List<String> expected;
      try (Administrator administrator = new Administrator(random)) {
        expected = administrator.work();
      } finally {
        over.set(true);
      }
      CompletableFuture.allOf(one, two, watch).join();
      assertThat(state()).as("seed %d, round %d", SEED, round).isEqualTo(expected);
      SERVER.execute("alter database " + name + " is_template false");
      SERVER.execute("drop database " + name);
    }
    System.out.println("closing race, seed " + SEED + ": " + new TreeMap<>(tally));
  }

  /** What an administrator of this test changes. */
  private List<String> state() throws SQLException {
    List<String> state =
        new ArrayList<>(
            SERVER.query(
                "select a.privilege_type from pg_database d, aclexplode(d.datacl) a"
                    + " where d.datname = ? and a.grantee = ?::regrole order by 1",
                name,
                role));
    state.add(
        SERVER
            .query(
                "select datconnlimit || ' ' || datallowconn || ' ' || datistemplate || ' '"
                    + " || coalesce(shobj_description(oid, 'pg_database'), 'none') || ' '"
                    + " || has_database_privilege('public', oid, 'connect')"
                    + " from pg_database where datname = ?",
                name)
            .get(0));
    return state;
  }

  private CompletableFuture<Void> build(long seed, AtomicBoolean over) {
    return CompletableFuture.runAsync(
        () -> {
          Random random = new Random(seed);
          BuildIdentity build = new BuildIdentity(random.nextInt(), "h", 1, Instant.EPOCH);
          try (Server server = RandomLockoutsTest.connect(TestServer.SUPERUSER)) {
            DatabaseInfo database = server.findDatabase(name).orElseThrow();
            while (!over.get()) {
              closeAndOpen(new Lockouts(server), database, build, random);
            }
          }
        },
        command -> new Thread(command, "build").start());
  }

  private void closeAndOpen(
      Lockouts lockouts, DatabaseInfo database, BuildIdentity build, Random random) {
    CloseWith way = CloseWith.values()[random.nextInt(CloseWith.values().length)];
    LockoutFound found =
        lockouts.close(
            new ClosePlan(database, way, null, List.of("postgres"), Reopen.BUILD_END, build));
    LockoutRecord record = ((LockoutFound.Closed) found).record();
    if (!record.build().is(build)) {
      count("found closed by the other");
      return;
    }
    Reopened reopened =
        random.nextBoolean() ? lockouts.giveBack(record) : lockouts.reopen(database, build);
    assertThat(reopened.wasClosed()).isTrue();
    count("closed and opened");
  }

  /** Both are read in one statement, so at one moment. */
  private void watch(AtomicBoolean over) {
    try (Connection connection = SERVER.connect("postgres", TestServer.SUPERUSER);
        Statement statement = connection.createStatement()) {
      while (!over.get()) {
        var row =
            statement.executeQuery(
                "select (datconnlimit = 0 or not datallowconn) and"
                    + " coalesce(shobj_description(oid, 'pg_database'), '')"
                    + " not like '%pgkill-lockout:%' from pg_database where datname = '"
                    + name
                    + "'");
        assertThat(row.next()).isTrue();
        assertThat(row.getBoolean(1)).as("seed %d: closed without a record", SEED).isFalse();
        count("looks");
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void count(String what) {
    tally.merge(what, 1, Integer::sum);
  }

  /** Knows what he did last, repeats what the server wants repeated, and reads before he writes. */
  private final class Administrator implements AutoCloseable {
    private final Random random;
    private final Connection connection = SERVER.connect("postgres", TestServer.SUPERUSER);
    private final Statement statement = connection.createStatement();
    private final Map<String, Boolean> granted = new TreeMap<>();
    private int limit = -1;
    private boolean template;
    private String comment = "none";

    Administrator(Random random) throws SQLException {
      this.random = random;
    }

    List<String> work() throws SQLException {
      for (int i = 0; i < CHANGES; i++) {
        change(i);
        if (i % CHANGES_FOR_A_CLOSING == 0) {
          int closings = closings();
          Eventually.within(60, () -> closings() > closings);
        }
      }
      List<String> expected =
          new ArrayList<>(
              granted.entrySet().stream()
                  .filter(Map.Entry::getValue)
                  .map(Map.Entry::getKey)
                  .toList());
      expected.add(limit + " true " + template + " " + comment + " true");
      return expected;
    }

    private int closings() {
      return tally.getOrDefault("closed and opened", 0);
    }

    private void change(int number) throws SQLException {
      switch (random.nextInt(5)) {
        case 0 -> {
          limit = 1 + random.nextInt(90);
          persist("alter database " + name + " connection limit " + limit);
        }
        case 1 -> {
          template = !template;
          persist("alter database " + name + " is_template " + template);
        }
        case 2 -> comment("comment " + number);
        case 3 -> {
          granted.put("CONNECT", true);
          persist("grant connect on database " + name + " to " + role);
        }
        default -> {
          String privilege = random.nextBoolean() ? "CREATE" : "TEMPORARY";
          boolean grant = random.nextBoolean();
          granted.put(privilege, grant);
          persist(
              (grant ? "grant " : "revoke ")
                  + privilege
                  + " on database "
                  + name
                  + (grant ? " to " : " from ")
                  + role);
        }
      }
      count("changes");
    }

    private void persist(String sql) throws SQLException {
      while (!done(sql)) {
        count("repeated");
      }
    }

    private boolean done(String sql) throws SQLException {
      try {
        statement.execute(sql);
        return true;
      } catch (SQLException e) {
        assertThat(e.getSQLState()).as(sql + e.getMessage()).isIn("XX000", "55P03");
        return false;
      }
    }

    /** Whoever overwrites a record without a look loses it: this one looks, and holds it then. */
    private void comment(String text) throws SQLException {
      while (true) {
        connection.setAutoCommit(false);
        statement.execute("comment on database " + name + " is '" + text + "'");
        String there =
            SERVER
                .query(
                    "select coalesce(shobj_description(oid, 'pg_database'), '') from pg_database"
                        + " where datname = ?",
                    name)
                .get(0);
        boolean free = !there.contains("pgkill-lockout:");
        if (free) {
          connection.commit();
        } else {
          connection.rollback();
        }
        connection.setAutoCommit(true);
        if (free) {
          comment = text;
          return;
        }
        count("comments held back");
      }
    }

    @Override
    public void close() throws SQLException {
      connection.close();
    }
  }
}
