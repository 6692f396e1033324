package io.github.pgkill.postgres.lockout;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.DialPlan;
import io.github.pgkill.model.connection.DialRule;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.BuildIdentity;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Ddl;
import io.github.pgkill.postgres.core.Identifiers;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerConnector;
import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever decides who may connect to a database, closing and opening is identity, and between the
 * two those are out who should be. The privileges take a random walk: grants and revocations by
 * anybody who may, new owners, all three grantor levels and mutual grants.
 */
@Tag("slow")
@Tag("newest")
class RandomLockoutsTest {

  private static final TestServer SERVER = TestServer.shared();
  private static final long SEED = Long.getLong("pgkill.seed", System.nanoTime());
  private static final int CASES = Integer.getInteger("pgkill.cases", 20);
  private static final int CASES_FOR_A_DATABASE = 20;
  private static final List<String> PRIVILEGES = List.of("CONNECT", "TEMPORARY", "CREATE", "ALL");
  private static final List<String> COMMENTS =
      List.of(
          "plain",
          "it's \"quoted\" \\ and \\' E'\\n",
          "two\nlines\r\n\tand a tab",
          "Ünïcode \u2028 \uD83D\uDE00 \u0085 \u001b[31m",
          "pgkill-lockout:{\"format\":1}",
          "{fn now()} ; drop table x; -- $$ ? ?? :x",
          "a'; COMMENT ON DATABASE postgres IS 'gotcha",
          "   ",
          "x".repeat(20_000));

  private static final List<String> roles = new ArrayList<>();
  private static String lord;
  private static String member;

  /** As whom the plugin works. */
  enum Actor {
    SUPERUSER,
    OWNER,
    MEMBER_OF_OWNER
  }

  @BeforeAll
  static void createRoles() throws SQLException {
    for (int i = 0; i < 5; i++) {
      roles.add(SERVER.createRole("login"));
    }
    String odd = "odd \"role\\'\n" + SERVER.createRole("nologin");
    SERVER.execute("create role " + Identifiers.quote(odd) + " login");
    roles.add(odd);
    // may act for all the others, so that an ordinary owner can undo their grants, too
    lord = SERVER.createRole("login");
    for (String role : roles) {
      SERVER.execute("grant " + Identifiers.quote(role) + " to " + lord);
    }
    member = SERVER.createRole("login");
  }

  @AfterAll
  static void dropOddRole() throws SQLException {
    // other tests list the server's roles
    SERVER.execute("alter role " + Identifiers.quote(roles.get(5)) + " nologin");
  }

  @ParameterizedTest
  @EnumSource
  void closingAndOpeningIsIdentity(Actor actor) throws SQLException {
    Random random = new Random(SEED + actor.ordinal());
    Map<String, Integer> tally = new TreeMap<>();
    for (int i = 0; i < CASES; i += CASES_FOR_A_DATABASE) {
      String name = SERVER.createDatabase();
      for (int j = 0; j < CASES_FOR_A_DATABASE; j++) {
        Case one = new Case(random, actor, name, j > 0);
        try {
          one.play(tally);
        } catch (AssertionError | RuntimeException | SQLException e) {
          throw new AssertionError(
              "seed " + SEED + ", case " + (i + j) + " as " + actor + ": " + one.story, e);
        }
      }
    }
    System.out.println("random doors, seed " + SEED + ", as " + actor + ": " + tally);
    assertThat(tally.getOrDefault("identity", 0)).isPositive();
  }

  /** One database as it happens to be, closed and opened once. */
  private static final class Case {
    private final Random random;
    private final Actor actor;
    private final String name;
    private final List<String> story = new ArrayList<>();
    private String owner;

    Case(Random random, Actor actor, String name, boolean walk) throws SQLException {
      this.random = random;
      this.actor = actor;
      this.name = name;
      if (walk) {
        walk();
      }
      owner =
          SERVER
              .query(
                  "select rolname from pg_roles r join pg_database d on d.datdba = r.oid"
                      + " where datname = ?",
                  name)
              .get(0);
    }

    private void walk() throws SQLException {
      try (Connection connection = SERVER.connect("postgres", TestServer.SUPERUSER);
          Statement statement = connection.createStatement()) {
        for (int i = random.nextInt(10); i >= 0; i--) {
          mutate(statement);
        }
        tell(statement, "alter database " + name + " connection limit " + pick(List.of(-1, 0, 50)));
        tell(statement, "alter database " + name + " allow_connections " + (random.nextInt(6) > 0));
        tell(
            statement,
            Ddl.of(
                "comment on database %I is %L",
                name, random.nextInt(4) == 0 ? null : pick(COMMENTS)));
      }
    }

    /** The server refuses some of these, which is as good as another one. */
    private void mutate(Statement statement) throws SQLException {
      String by = Identifiers.quote(pick(roles));
      String to = random.nextInt(5) == 0 ? "PUBLIC" : Identifiers.quote(pick(roles));
      String privilege = pick(PRIVILEGES);
      String as = random.nextInt(3) == 0 ? "" : "set role " + by + "; ";
      int kind = random.nextInt(20);
      try {
        if (kind < 11) {
          String option = to.equals("PUBLIC") || random.nextInt(3) == 0 ? "" : " with grant option";
          tell(
              statement, as + "grant " + privilege + " on database " + name + " to " + to + option);
        } else if (kind < 15) {
          tell(
              statement,
              as + "revoke " + privilege + " on database " + name + " from " + to + " cascade");
        } else if (kind == 15) {
          tell(
              statement,
              "revoke all on database "
                  + name
                  + " from public, "
                  + String.join(", ", everybody())
                  + " cascade");
        } else if (kind < 18) {
          String owner = random.nextBoolean() ? lord : pick(roles);
          tell(statement, "alter database " + name + " owner to " + Identifiers.quote(owner));
        } else {
          tell(
              statement,
              "do $$ begin execute 'revoke connect on database "
                  + name
                  + " from ' || (select quote_ident(r.rolname) from pg_roles r join pg_database d"
                  + " on d.datdba = r.oid where d.datname = '"
                  + name
                  + "'); end $$");
        }
      } catch (SQLException refused) {
        story.add("-- refused");
      } finally {
        statement.execute("reset role");
      }
    }

    private static List<String> everybody() {
      return roles.stream().map(Identifiers::quote).toList();
    }

    private void tell(Statement statement, String sql) throws SQLException {
      story.add(sql.length() > 300 ? sql.substring(0, 300) + "..." : sql);
      statement.execute(sql);
    }

    private <T> T pick(List<T> choices) {
      return choices.get(random.nextInt(choices.size()));
    }

    void play(Map<String, Integer> tally) throws SQLException {
      List<String> before = AccessState.of(SERVER, name);
      story.add(before.toString());
      try (Server server = connect()) {
        Lockouts lockouts = new Lockouts(server);
        DatabaseInfo database = server.findDatabase(name).orElseThrow();
        ClosePlan plan = plan(database, server.info().role());
        story.add(plan.closeWith() + " from " + plan.revokeFrom() + " as " + server.info().role());
        LockoutRecord record;
        try {
          record = ((LockoutFound.Closed) lockouts.close(plan)).record();
        } catch (PgkillFailure e) {
          assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
          tally.merge("refused", 1, Integer::sum);
          return;
        }
        if (plan.revokeFrom() == null) {
          whoGetsIn(record, plan, tally);
        }
        tally.merge(open(lockouts, database, record, plan), 1, Integer::sum);
      }
      assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
      tally.merge("identity", 1, Integer::sum);
    }

    private Server connect() throws SQLException {
      String user =
          switch (actor) {
            case SUPERUSER -> TestServer.SUPERUSER;
            case OWNER -> owner;
            case MEMBER_OF_OWNER -> member;
          };
      if (actor == Actor.MEMBER_OF_OWNER) {
        SERVER.execute("grant " + Identifiers.quote(owner) + " to " + member);
      }
      return RandomLockoutsTest.connect(user);
    }

    private ClosePlan plan(DatabaseInfo database, String self) {
      Set<String> admitted = new HashSet<>(Set.of(self, "pg_monitor"));
      if (random.nextBoolean()) {
        admitted.add(pick(roles));
      }
      List<String> from = null;
      if (random.nextInt(4) == 0) {
        from = new ArrayList<>(List.of(pick(roles), pick(roles)));
        if (random.nextBoolean()) {
          from.add("public");
        }
      }
      CloseWith way = random.nextInt(3) > 0 ? CloseWith.REVOKE : pick(List.of(CloseWith.values()));
      return new ClosePlan(
          database,
          way,
          from,
          List.copyOf(admitted),
          pick(List.of(Reopen.values())),
          new BuildIdentity(random.nextInt(), "host", 1, Instant.EPOCH));
    }

    private String open(
        Lockouts lockouts, DatabaseInfo database, LockoutRecord record, ClosePlan plan)
        throws SQLException {
      int way = random.nextInt(3);
      if (way == 0) {
        String comment =
            SERVER
                .query(
                    "select shobj_description(oid, 'pg_database') from pg_database"
                        + " where datname = ?",
                    name)
                .get(0);
        SERVER.execute(comment.substring(0, comment.indexOf('\n')));
        return "by its first line";
      }
      Reopened reopened =
          way == 1 ? lockouts.giveBack(record) : lockouts.reopen(database, plan.build());
      assertThat(reopened.wasClosed()).isTrue();
      assertThat(reopened.kept()).isEmpty();
      return "by its record";
    }

    private void whoGetsIn(LockoutRecord record, ClosePlan plan, Map<String, Integer> tally)
        throws SQLException {
      List<String> visitors = new ArrayList<>(plan.admitted());
      visitors.remove("pg_monitor");
      visitors.add(pick(roles));
      visitors.add(owner);
      for (String visitor : new HashSet<>(visitors)) {
        String refusal = knock(visitor);
        story.add(visitor + ": " + refusal);
        assertThat(refusal.isEmpty()).as(visitor).isEqualTo(expected(visitor, record, plan));
        tally.merge(refusal.isEmpty() ? "got in" : "kept out", 1, Integer::sum);
      }
    }

    private static boolean expected(String visitor, LockoutRecord record, ClosePlan plan)
        throws SQLException {
      boolean superuser = visitor.equals(TestServer.SUPERUSER);
      if (!record.after().allowConnections()) {
        return false;
      }
      if (superuser) {
        return true;
      }
      if (record.after().connectionLimit() == 0) {
        return false;
      }
      List<String> admits =
          SERVER.query(
              "select 1 from pg_roles r where r.rolname = any (?::text[]) and not r.rolsuper"
                  + " and pg_has_role(?::name, r.oid, 'usage')",
              array(plan.admitted()),
              visitor);
      return !admits.isEmpty();
    }

    private static String array(List<String> names) {
      return names.stream()
          .map(name -> '"' + name.replace("\\", "\\\\").replace("\"", "\\\"") + '"')
          .collect(Collectors.joining(",", "{", "}"));
    }

    private String knock(String visitor) {
      try (Connection in = SERVER.connect(name, visitor)) {
        return in.isClosed() ? "closed" : "";
      } catch (SQLException e) {
        assertThat(e.getSQLState()).isIn("42501", "53300", "55000");
        return e.getMessage();
      }
    }
  }

  static Server connect(String user) {
    return connect(user, "postgres");
  }

  static Server connect(String user, String maintenanceDatabase) {
    ConnectionSettings settings =
        new ConnectionSettings(
            List.of(new HostAddress("127.0.0.1", null, SERVER.port())),
            "irrelevant",
            List.of(maintenanceDatabase),
            user,
            null,
            new HashMap<>(),
            null,
            Duration.ofSeconds(10),
            Duration.ZERO,
            Map.of());
    DialPlan plan = new DialPlan(List.of(new DialRule("127.0.0.1", DialRule.ANYWHERE)), true);
    return ServerConnector.toChange(settings, plan).connect();
  }
}
