package io.github.pgkill.postgres.sessions;

import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.testing.LocalAddress;
import io.github.pgkill.testing.RawClient;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.postgresql.Driver;

/** Real sessions of one database that differ in all that a filter can ask for. */
final class RandomPopulation implements AutoCloseable {

  /** What trips up careless quoting, splitting, folding and pattern matching. */
  private static final List<String> NAMES =
      List.of(
          "app",
          "App",
          "o'brien",
          "back\\slash",
          "100%",
          "under_score",
          "underXscore",
          "one,two",
          "/slashed/",
          "say \"hi\"",
          " edges ",
          "{a,b}",
          "NULL",
          "ünïcödé 日本",
          "emoji 😀",
          "$1 ? :x",
          "semi; drop",
          "x".repeat(63),
          "é".repeat(31) + "x");

  private static final List<String> BACKUP_TOOLS =
      List.of(
          "pg_dump",
          "PG_DUMPALL",
          "pg_basebackup",
          "pgBackRest [backup]",
          "barman",
          "barman_receive_wal",
          "wal-g",
          "pg_dumper",
          "barmans bar",
          "my pg_dump");

  private static final List<String> QUERIES =
      List.of(
          "select 1",
          "select 'it''s'",
          "select 'back\\slash', '100%'",
          "select 'ünïcödé 😀'",
          "select 1 -- one,\n, 2 /* two */",
          "select\n\t'tab'",
          "SELECT '$1' , '?'");

  private static final List<String> HOSTS = List.of("127.0.0.1", "127.0.0.2", "127.0.0.3");

  private final TestServer server;
  private final String database;
  private final Random random;
  private final List<String> roles;
  private final boolean ipv6;
  private final List<Connection> connections = new ArrayList<>();
  private final List<RawClient> socketClients = new ArrayList<>();

  RandomPopulation(TestServer server, String database, Random random) throws SQLException {
    this.server = server;
    this.database = database;
    this.random = random;
    this.roles = createRoles(server);
    this.ipv6 = listensOnIpv6(server);
  }

  private static List<String> createRoles(TestServer server) throws SQLException {
    List<String> roles = new ArrayList<>(NAMES);
    roles.add("rdsadmin");
    for (String role : roles) {
      server.execute("create role \"" + role.replace("\"", "\"\"") + "\" login");
    }
    roles.add(TestServer.SUPERUSER);
    return roles;
  }

  private static boolean listensOnIpv6(TestServer server) {
    try {
      connect(server, "[::1]", "postgres", properties(TestServer.SUPERUSER, "")).close();
      return true;
    } catch (SQLException e) {
      return false;
    }
  }

  /** Ends some, opens others until there are so many, and lets the rest do something else. */
  void change(int size) throws SQLException, IOException {
    for (Connection connection : List.copyOf(connections)) {
      if (!connection.isValid(5) || random.nextInt(4) == 0) {
        connection.close();
        connections.remove(connection);
      } else {
        act(connection);
      }
    }
    while (connections.size() < size) {
      Connection connection = open();
      connections.add(connection);
      act(connection);
    }
    while (socketClients.size() < 2) {
      socketClients.add(openSocket());
    }
  }

  /** Forgets the clients of the Unix socket whose sessions were ended. */
  void endedElsewhere(Stream<SessionId> ended) {
    Set<Integer> pids = ended.map(SessionId::pid).collect(Collectors.toSet());
    socketClients.removeIf(client -> pids.contains(client.pid()));
  }

  private Connection open() throws SQLException {
    Properties properties = properties(oneOf(roles), application());
    if (ipv6 && random.nextInt(6) == 0) {
      return connect(server, "[::1]", database, properties);
    }
    properties.setProperty("socketFactory", LocalAddress.class.getName());
    properties.setProperty("socketFactoryArg", oneOf(HOSTS));
    return connect(server, "127.0.0.1", database, properties);
  }

  private RawClient openSocket() throws IOException {
    return RawClient.unixSocket(server)
        .startUp(
            Map.of(
                "user",
                oneOf(roles),
                "database",
                database,
                "application_name",
                application(),
                "client_encoding",
                "UTF8"))
        .awaitReady();
  }

  private String application() {
    return switch (random.nextInt(6)) {
      case 0 -> "";
      case 1 -> oneOf(BACKUP_TOOLS);
      default -> oneOf(NAMES);
    };
  }

  private void act(Connection connection) throws SQLException {
    connection.setAutoCommit(true);
    if (random.nextInt(3) == 0) {
      try (PreparedStatement statement =
          connection.prepareStatement("select set_config('application_name', ?, false)")) {
        statement.setString(1, application());
        statement.execute();
      }
    }
    try (Statement statement = connection.createStatement()) {
      switch (random.nextInt(6)) {
        case 0 -> {
          connection.setAutoCommit(false);
          statement.execute(oneOf(QUERIES));
        }
        case 1 -> {
          connection.setAutoCommit(false);
          fail(statement);
        }
        case 2 -> {
          return;
        }
        default -> statement.execute(oneOf(QUERIES));
      }
    }
  }

  private static void fail(Statement statement) {
    try {
      statement.execute("select 1/0");
    } catch (SQLException expected) {
      return;
    }
    throw new IllegalStateException("1/0 did not fail");
  }

  private <T> T oneOf(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  private static Properties properties(String user, String application) {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("ApplicationName", application);
    return properties;
  }

  private static Connection connect(
      TestServer server, String host, String database, Properties properties) throws SQLException {
    return new Driver()
        .connect("jdbc:postgresql://" + host + ":" + server.port() + "/" + database, properties);
  }

  @Override
  public void close() throws SQLException, IOException {
    for (Connection connection : connections) {
      connection.close();
    }
    for (RawClient client : socketClients) {
      client.close();
    }
  }
}
