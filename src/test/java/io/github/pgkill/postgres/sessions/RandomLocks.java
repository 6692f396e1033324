package io.github.pgkill.postgres.sessions;

import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * Two schemas with random tables, partitions, inheritance children, indexes, sequences and views,
 * and sessions that lock some of them. It knows from building them what belongs to what.
 */
final class RandomLocks implements AutoCloseable {

  private static final List<String> NAMES =
      List.of(
          "shop",
          "Shop",
          "My Schema",
          "dot.ted",
          "we\"ird",
          "semi;drop",
          "ünïcödé 日本",
          "select",
          "new\nline",
          "back\\slash",
          "100%");

  private static final List<String> MODES =
      List.of(
          "access share",
          "row share",
          "row exclusive",
          "share update exclusive",
          "share",
          "access exclusive");

  private final Random random;
  private final TestServer server;
  private final String database;
  private final StubbornClients clients;
  private final List<Relation> relations = new ArrayList<>();
  private final List<String> schemas = new ArrayList<>();
  private final List<String> done = new ArrayList<>();
  private final List<StubbornClients.Client> waiters = new ArrayList<>();
  private int number;

  /** One relation that it built. */
  private static final class Relation {
    private final String schema;
    private final String quoted;
    private final String kind;
    private final List<Relation> parts = new ArrayList<>();

    Relation(String schema, String quoted, String kind) {
      this.schema = schema;
      this.quoted = quoted;
      this.kind = kind;
    }

    /** It and all that belongs to it. */
    void collect(List<Relation> all) {
      if (!all.contains(this)) {
        all.add(this);
        parts.forEach(part -> part.collect(all));
      }
    }

    /** A statement that asks for ACCESS EXCLUSIVE on it alone. */
    String probe() {
      return switch (kind) {
        case "index" -> "alter index " + quoted + " set tablespace pg_default";
        case "view" -> "alter view " + quoted + " rename to probed";
        case "sequence" -> "alter sequence " + quoted + " rename to probed";
        default -> "lock table only " + quoted + " in access exclusive mode";
      };
    }
  }

  /**
   * What a user may name.
   *
   * @param written as the parameter has it
   * @param probes statements that together ask for every lock that is meant
   */
  record Target(String written, List<String> probes) {}

  RandomLocks(TestServer server, String database, Random random) throws SQLException {
    this.server = server;
    this.database = database;
    this.random = random;
    this.clients = StubbornClients.of(server, database);
    build();
    for (int i = 3 + random.nextInt(4); i > 0; i--) {
      occupy(clients.idle());
    }
    if (random.nextBoolean()) {
      queue(clients.idle());
    }
  }

  private void build() throws SQLException {
    while (schemas.size() < 2) {
      String name = quote(oneOf(NAMES));
      if (!schemas.contains(name)) {
        schemas.add(name);
        server.execute(database, "create schema " + name);
      }
    }
    for (int i = 1 + random.nextInt(2); i > 0; i--) {
      plain();
      partitioned();
    }
    Relation seen = oneOf(relations.stream().filter(r -> r.kind.equals("table")).toList());
    make("view", "create view %s as select * from " + seen.quoted);
    make("sequence", "create sequence %s");
  }

  private void plain() throws SQLException {
    Relation parent = make("table", "create table %s (a int, b text)");
    index(parent);
    if (random.nextBoolean()) {
      Relation child = make("table", "create table %s (c int) inherits (" + parent.quoted + ")");
      parent.parts.add(child);
      index(child);
    }
  }

  private void partitioned() throws SQLException {
    Relation parent = make("table", "create table %s (a int, b text) partition by list (a)");
    for (int i = 1 + random.nextInt(2); i > 0; i--) {
      String values = " partition of " + parent.quoted + " for values in (" + i + ")";
      boolean deeper = random.nextInt(3) == 0;
      Relation part =
          make("table", "create table %s" + values + (deeper ? " partition by list (b)" : ""));
      parent.parts.add(part);
      if (deeper) {
        String rest = " partition of " + part.quoted + " default";
        part.parts.add(make("table", "create table %s" + rest));
      }
    }
  }

  private void index(Relation table) throws SQLException {
    if (random.nextInt(3) > 0) {
      String name = quote("index " + ++number);
      server.execute(database, "create index " + name + " on " + table.quoted + " (a)");
      Relation index = new Relation(table.schema, table.schema + "." + name, "index");
      table.parts.add(index);
      relations.add(index);
    }
  }

  private Relation make(String kind, String sql) throws SQLException {
    String schema = oneOf(schemas);
    String name = schema + "." + quote(oneOf(NAMES) + ++number);
    server.execute(database, sql.replace("%s", name));
    Relation relation = new Relation(schema, name, kind);
    relations.add(relation);
    return relation;
  }

  private void occupy(StubbornClients.Client client) throws SQLException {
    client.connection().setAutoCommit(false);
    for (int i = random.nextInt(3); i >= 0; i--) {
      String sql = action();
      try (Statement statement = client.connection().createStatement()) {
        statement.execute("set local lock_timeout = '20ms'");
        statement.execute(sql);
        done.add(client.pid() + ": " + sql);
      } catch (SQLException e) {
        // it did not get it, and with its transaction it lost what it had
        done.add(client.pid() + ": failed: " + sql);
        if (!"55P03".equals(e.getSQLState())) {
          throw e;
        }
        return;
      }
    }
  }

  private String action() {
    Relation any = oneOf(relations);
    Relation table = oneOf(relations.stream().filter(r -> r.kind.equals("table")).toList());
    return switch (random.nextInt(9)) {
      case 0 -> "select 1";
      case 1 -> "create table " + oneOf(schemas) + "." + quote("fresh " + ++number) + " ()";
      case 2 -> "select * from " + table.quoted;
      case 3 -> "select * from only " + table.quoted;
      case 4 ->
          "savepoint s; lock table only "
              + table.quoted
              + " in row share mode; rollback to savepoint s";
      case 5 ->
          any.kind.equals("index")
              ? "alter index " + any.quoted + " set (fillfactor = 50)"
              : any.kind.equals("sequence")
                  ? "select nextval('" + any.quoted.replace("'", "''") + "')"
                  : "select * from " + any.quoted;
      case 6 -> "lock table " + table.quoted + " in row share mode";
      default -> "lock table only " + table.quoted + " in " + oneOf(MODES) + " mode";
    };
  }

  /** Asks for a lock; whether it gets it or waits, the server knows. */
  private void queue(StubbornClients.Client client) throws SQLException {
    Relation table = oneOf(relations.stream().filter(r -> r.kind.equals("table")).toList());
    client.connection().setAutoCommit(false);
    String sql = "lock table only " + table.quoted + " in access exclusive mode";
    client.runAside(sql);
    Eventually.within(
        20,
        () ->
            !server
                    .query(
                        "select 1 from pg_stat_activity where pid = ? and state = 'idle in"
                            + " transaction'",
                        client.pid())
                    .isEmpty()
                || waits(client));
    waiters.add(client);
    done.add(client.pid() + ": asks: " + sql);
  }

  /** Those that hold nothing and wait in front of a probe. */
  Set<Integer> waiting() throws SQLException {
    Set<Integer> waiting = new TreeSet<>();
    for (StubbornClients.Client waiter : waiters) {
      if (waits(waiter)) {
        waiting.add(waiter.pid());
      }
    }
    return waiting;
  }

  /** By its place in the queue: its wait event is away while it looks for a deadlock. */
  private boolean waits(StubbornClients.Client client) throws SQLException {
    return !server
        .query("select 1 from pg_locks where pid = ? and not granted", client.pid())
        .isEmpty();
  }

  /** One of the schemas or relations. */
  Target target() {
    if (random.nextInt(3) == 0) {
      String schema = oneOf(schemas);
      List<Relation> all = new ArrayList<>();
      relations.stream().filter(r -> r.schema.equals(schema)).forEach(r -> r.collect(all));
      List<String> probes = new ArrayList<>(all.stream().map(Relation::probe).toList());
      probes.add("drop schema " + schema + " cascade");
      return new Target(schema, probes);
    }
    Relation relation = oneOf(relations);
    List<Relation> all = new ArrayList<>();
    relation.collect(all);
    return new Target(relation.quoted, all.stream().map(Relation::probe).toList());
  }

  private <T> T oneOf(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  private static String quote(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  @Override
  public String toString() {
    return String.join("\n", done);
  }

  @Override
  public void close() throws SQLException {
    clients.close();
  }
}
