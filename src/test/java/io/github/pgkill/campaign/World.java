package io.github.pgkill.campaign;

import io.github.pgkill.testing.TestServer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** A server with databases whose owners, privileges, limits, comments and settings are random. */
final class World implements AutoCloseable {

  /** The names that builds are told; what bears them changes. */
  static final List<String> NAMES =
      List.of("campaign_a", "we ird;-- \"b\\", "grün_c", "campaign_d");

  /** Nobody ever works on it, and somebody is connected to it. */
  static final String BYSTANDER = "campaign_bystander";

  static final List<String> OWNERS = List.of("owner_1", "owner_2", "odd \"owner", "lord");
  static final List<String> USERS = List.of("user_1", "user_2", "user_3", "user_4");

  /** A member of every owner. */
  static final String MEMBER = "member";

  private static final List<String> PRIVILEGES = List.of("connect", "create", "temporary");

  private static final List<String> COMMENTS =
      List.of(
          "plain",
          "it''s 'quoted' \\ and \"double\"",
          "two\nlines\r\n\tand a tab",
          "Zürich – 漢字 🐘\u2028\u202e",
          "'; drop database postgres; --",
          "pgkill-lockout:{}",
          " ",
          "x".repeat(20_000));

  private static final List<String> SETTINGS =
      List.of(
          "search_path to \"a b\", public",
          "work_mem to '7MB'",
          "statement_timeout to '1h'",
          "default_transaction_read_only to on",
          "application_name to 'o''clock \\ x'");

  private final TestServer server;
  private final boolean rawComments;
  private Catalog catalog;
  private Connection bystander;

  World(Set<Kind> kinds) throws SQLException {
    rawComments = kinds.contains(Kind.RAW_COMMENTS);
    server =
        TestServer.start(
            Map.of("synchronous_commit", "on", "deadlock_timeout", "200ms", "max_wal_size", "4GB"));
    for (String owner : OWNERS) {
      server.execute("create role " + quoted(owner) + " login");
    }
    server.execute("alter role owner_1 createdb; grant pg_signal_backend to owner_1");
    server.execute("create role " + MEMBER + " login createdb in role pg_signal_backend");
    for (String user : USERS) {
      server.execute("create role " + user + " login");
      server.execute("grant " + user + " to lord");
    }
    for (String owner : OWNERS) {
      server.execute("grant " + quoted(owner) + " to " + MEMBER);
    }
    server.execute("create database " + Catalog.RAW + " template template0 encoding 'SQL_ASCII'");
    server.execute("create database " + BYSTANDER);
    connect();
  }

  /** After a start of the server. */
  void connect() throws SQLException {
    catalog = Catalog.of(server);
    bystander = server.connect(BYSTANDER, TestServer.SUPERUSER, "bystander");
  }

  TestServer server() {
    return server;
  }

  Catalog catalog() {
    return catalog;
  }

  /** Whether the session that nobody may end lives. */
  boolean bystanderLives() throws SQLException {
    return bystander.isValid(10);
  }

  static String quoted(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }

  /** A literal of those bytes for a database of encoding SQL_ASCII. */
  static String literal(byte[] bytes) {
    StringBuilder text = new StringBuilder("e'");
    for (byte b : bytes) {
      text.append("\\x").append(HexFormat.of().toHexDigits(b));
    }
    return text.append('\'').toString();
  }

  /**
   * Takes away all databases but the fixed ones, gives those their names back that lost them, and
   * makes those that are missing.
   */
  void tidyUp() throws SQLException {
    for (DatabaseImage image : catalog.images().values()) {
      if (!fixed(image.name()) && !NAMES.contains(image.name())) {
        drop(image);
      } else if (image.recorded()) {
        server.execute("comment on database " + quoted(image.name()) + " is null");
      }
    }
    List<String> there = catalog.column("select datname from pg_database");
    for (String name : NAMES) {
      if (!there.contains(name)) {
        server.execute("create database " + quoted(name));
      }
    }
  }

  /** Forgets all that happened. */
  void startAnew() throws SQLException {
    for (DatabaseImage image : catalog.images().values()) {
      if (!fixed(image.name())) {
        drop(image);
      }
    }
    tidyUp();
  }

  private static boolean fixed(String name) {
    return List.of("postgres", "template0", "template1", Catalog.RAW, BYSTANDER).contains(name);
  }

  /** By hand. */
  void drop(DatabaseImage image) throws SQLException {
    if (image.template() && !image.invalid()) {
      server.execute("alter database " + quoted(image.name()) + " is_template false");
    }
    server.execute("drop database " + quoted(image.name()) + " with (force)");
  }

  /** Gives the database of that name other properties; what comes out depends on nothing else. */
  void furnish(String name, Random random) throws SQLException {
    String database = quoted(name);
    List<String> script = new ArrayList<>();
    String owner = quoted(pick(random, OWNERS));
    boolean fresh = random.nextInt(4) == 0;
    String encoding = random.nextInt(6) == 0 ? "LATIN1" : "UTF8";
    try (Connection connection = server.connect(Catalog.RAW, TestServer.SUPERUSER, "campaign");
        Statement statement = connection.createStatement()) {
      if (fresh) {
        statement.execute("alter database " + database + " is_template false");
        statement.execute("drop database " + database + " with (force)");
        statement.execute(
            "create database "
                + database
                + " template template0 encoding '"
                + encoding
                + "' owner "
                + owner);
      } else {
        script.add("alter database " + database + " owner to " + owner);
        script.add(
            "revoke all on database "
                + database
                + " from public, "
                + String.join(", ", everybody())
                + " cascade");
        grants(script, database, owner, random);
      }
      properties(script, database, random);
      for (String sql : script) {
        statement.execute(sql);
      }
    }
  }

  private static void grants(List<String> script, String database, String owner, Random random) {
    script.add("grant all on database " + database + " to " + owner);
    if (random.nextInt(3) > 0) {
      script.add("grant connect, temporary on database " + database + " to public");
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      int first = random.nextInt(USERS.size());
      String privilege = pick(random, PRIVILEGES);
      String on = "grant " + privilege + " on database " + database + " to ";
      script.add(on + USERS.get(first) + (random.nextBoolean() ? " with grant option" : ""));
      if (random.nextBoolean()) {
        script.add(on + USERS.get(first) + " with grant option");
        script.add("set role " + USERS.get(first));
        script.add(
            on + (random.nextInt(3) == 0 ? "public" : USERS.get((first + 1) % USERS.size())));
        script.add("reset role");
      }
    }
  }

  private void properties(List<String> script, String database, Random random) {
    script.add(
        "alter database "
            + database
            + " connection limit "
            + pick(random, List.of(-1, -1, -1, 0, 5, 90))
            + " allow_connections "
            + (random.nextInt(12) > 0)
            + " is_template "
            + (random.nextInt(10) == 0));
    script.add("alter database " + database + " reset all");
    for (String user : USERS) {
      script.add("alter role " + user + " in database " + database + " reset all");
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      script.add("alter database " + database + " set " + pick(random, SETTINGS));
    }
    if (random.nextInt(4) == 0) {
      script.add(
          "alter role "
              + pick(random, USERS)
              + " in database "
              + database
              + " set "
              + pick(random, SETTINGS));
    }
    script.add("comment on database " + database + " is " + comment(random));
  }

  /** As a literal; bytes that are no UTF-8 only where that is asked for. */
  String comment(Random random) {
    int kind = random.nextInt(10);
    if (kind < 3) {
      return "null";
    }
    if (kind == 9 && rawComments) {
      return literal(new byte[] {'C', 'a', 'f', (byte) 0xe9, '\n', (byte) 0xff});
    }
    return literal(pick(random, COMMENTS).getBytes(StandardCharsets.UTF_8));
  }

  private static List<String> everybody() {
    List<String> all = new ArrayList<>(USERS);
    OWNERS.forEach(owner -> all.add(quoted(owner)));
    all.add(MEMBER);
    return all;
  }

  /** The role that owns it now. */
  String owner(String name) throws SQLException {
    return server
        .query(
            "select rolname from pg_roles r join pg_database d on d.datdba = r.oid"
                + " where datname = ?",
            name)
        .get(0);
  }

  /** Stops the server as a loss of power does, and starts it again. */
  void crash() throws SQLException {
    try {
      Process stop =
          new ProcessBuilder(
                  server.command(
                      "pg_ctl",
                      "stop",
                      "--wait",
                      "--mode=immediate",
                      "--pgdata=" + server.dataDirectory()))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      stop.waitFor();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    server.resume();
    connect();
  }

  static <T> T pick(Random random, List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  @Override
  public void close() {
    server.close();
  }

  @SafeVarargs
  static <T> T oneOf(Random random, T... choices) {
    return pick(random, Arrays.asList(choices));
  }
}
