package io.github.pgkill.testing;

import io.github.pgkill.model.sessions.SessionId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;
import org.postgresql.util.PSQLState;

/**
 * Real sessions of the kinds that stand in a build's way. Each opener returns once the server shows
 * its session in the wanted state. Closing ends them all and fails if the server still shows one.
 */
public final class StubbornClients implements AutoCloseable {

  private static final String FROM_THESE =
      " from pg_stat_activity"
          + " where concat(pid, ' ', backend_start::text) = any (string_to_array(?, E'\\n'))";

  private static final int PATIENCE_SECONDS = 30;

  private final TestServer server;
  private final String database;
  private final String user;
  private final String applicationName;
  private final List<Client> clients;
  private final List<Storm> storms;

  private StubbornClients(
      TestServer server,
      String database,
      String user,
      String applicationName,
      List<Client> clients,
      List<Storm> storms) {
    this.server = server;
    this.database = database;
    this.user = user;
    this.applicationName = applicationName;
    this.clients = clients;
    this.storms = storms;
  }

  /** Clients of that database, logging in as the superuser unless {@link #as} says otherwise. */
  public static StubbornClients of(TestServer server, String database) {
    return new StubbornClients(
        server,
        database,
        TestServer.SUPERUSER,
        "stubborn",
        new CopyOnWriteArrayList<>(),
        new CopyOnWriteArrayList<>());
  }

  /** The same crowd, whose further members log in as that role with that application name. */
  public StubbornClients as(String role, String application) {
    return new StubbornClients(server, database, role, application, clients, storms);
  }

  /** The same crowd, whose further members connect to that database. */
  public StubbornClients to(String otherDatabase) {
    return new StubbornClients(server, otherDatabase, user, applicationName, clients, storms);
  }

  /** Connected, doing nothing: an IDE left open, a pool. */
  public Client idle() throws SQLException {
    return open();
  }

  /** That many idle ones. */
  public List<Client> idle(int count) throws SQLException {
    List<Client> opened = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      opened.add(open());
    }
    return List.copyOf(opened);
  }

  /** With a transaction open since it last did something. */
  public Client idleInTransaction() throws SQLException {
    Client client = open();
    client.hold("select 1");
    return client;
  }

  /** In a transaction that failed and was not rolled back. */
  public Client idleInAbortedTransaction() throws SQLException {
    Client client = open();
    client.connection.setAutoCommit(false);
    try {
      client.run("select 1/0");
    } catch (SQLException expected) {
      return client;
    }
    throw new IllegalStateException("1/0 did not fail");
  }

  /** Running a query that takes an hour. */
  public Client active() throws SQLException {
    Client client = open();
    client.runAside("select pg_sleep(3600)");
    awaitSeen(client, "state = 'active' and wait_event = 'PgSleep'");
    return client;
  }

  /** Holding an ACCESS EXCLUSIVE lock on an existing table, in an open transaction. */
  public Client holdingLock(String table) throws SQLException {
    Client client = open();
    client.hold("lock table " + table);
    return client;
  }

  /**
   * Waiting for an ACCESS EXCLUSIVE lock on a table that somebody else holds, or past that, where a
   * goal under way has ended the holder before anybody could see it wait.
   */
  public Client waitingForLock(String table) throws SQLException {
    Client client = open();
    client.connection.setAutoCommit(false);
    client.runAside("lock table " + table);
    awaitSeen(client, "(wait_event_type = 'Lock' or state = 'idle in transaction')");
    return client;
  }

  /**
   * That many threads, each of which holds one idle session and connects again at once whenever it
   * loses it. Returns when all are connected for the first time. It stops with these clients, after
   * 20,000 attempts, or after a minute without any success.
   */
  public Storm storm(int threads) {
    Storm storm = new Storm(this::connect, threads);
    storms.add(storm);
    Eventually.within(PATIENCE_SECONDS, () -> storm.connections() >= threads);
    return storm;
  }

  private Client open() throws SQLException {
    Client client = new Client(server, TestServer.connectOnceThereIsRoom(this::connect));
    clients.add(client);
    return client;
  }

  private Connection connect() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("ApplicationName", applicationName);
    return server.connect(database, properties);
  }

  private void awaitSeen(Client client, String condition) {
    String sql =
        "select 1 from pg_stat_activity where pid = ? and backend_start::text = ? and " + condition;
    Eventually.within(
        PATIENCE_SECONDS, () -> !server.query(sql, client.pid(), client.backendStart()).isEmpty());
  }

  /** Ends all of them, those that were terminated meanwhile included, and checks that it did. */
  @Override
  public void close() throws SQLException {
    storms.forEach(Storm::close);
    terminate();
    for (Client client : clients) {
      client.connection.abort(Runnable::run);
    }
    Eventually.within(PATIENCE_SECONDS, this::gone);
    storms.clear();
    clients.clear();
  }

  /**
   * Cutting a connection does not end a sleeping backend, so the server is asked to: once for all,
   * because some tests have hundreds. A server that is gone has ended them already.
   */
  private void terminate() throws SQLException {
    try {
      server.query("select pg_terminate_backend(pid)" + FROM_THESE, identities());
    } catch (SQLException e) {
      requireGone(e);
    }
  }

  private boolean gone() throws SQLException {
    try {
      return server.query("select pid" + FROM_THESE, identities()).isEmpty();
    } catch (SQLException e) {
      requireGone(e);
      return true;
    }
  }

  private static void requireGone(SQLException e) throws SQLException {
    if (!PSQLState.isConnectionError(e.getSQLState())) {
      throw e;
    }
  }

  private String identities() {
    return clients.stream()
        .map(client -> client.pid() + " " + client.backendStart())
        .collect(Collectors.joining("\n"));
  }

  /** One session and the identity that the server gave it. */
  public static final class Client {

    private final TestServer server;
    private final Connection connection;
    private final SessionId id;
    private volatile Optional<SQLException> failure = Optional.empty();

    private Client(TestServer server, Connection connection) throws SQLException {
      this.server = server;
      this.connection = connection;
      this.id = identify(server, connection);
    }

    private static SessionId identify(TestServer server, Connection connection)
        throws SQLException {
      String sql = "select pid, backend_start::text from pg_stat_get_activity(pg_backend_pid())";
      try (PreparedStatement statement = connection.prepareStatement(sql);
          ResultSet row = statement.executeQuery()) {
        row.next();
        return new SessionId(server.node(), row.getInt(1), row.getString(2));
      }
    }

    public SessionId id() {
      return id;
    }

    public int pid() {
      return id.pid();
    }

    public String backendStart() {
      return id.backendStart();
    }

    /** For what a test does with this session beside being stubborn. */
    public Connection connection() {
      return connection;
    }

    /** Whether the server still has this very session. */
    public boolean alive() throws SQLException {
      return server.alive(id.pid(), id.backendStart());
    }

    /** Stops its backend, so that it answers to nothing any more. Not on Windows. */
    public void freeze() {
      Commands.run(List.of("kill", "-STOP", Integer.toString(id.pid())));
    }

    /** Lets its backend go on. */
    public void thaw() {
      Commands.run(List.of("kill", "-CONT", Integer.toString(id.pid())));
    }

    /** What the statement that runs aside failed with, if it did. */
    public Optional<SQLException> failure() {
      return failure;
    }

    /** Runs statements and waits for their end. */
    public void run(String sql) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
      }
    }

    /** The same in a transaction that stays open. */
    public void hold(String sql) throws SQLException {
      connection.setAutoCommit(false);
      run(sql);
    }

    /** Runs statements while the test goes on. */
    public void runAside(String sql) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  run(sql);
                } catch (SQLException e) {
                  failure = Optional.of(e);
                }
              },
              "stubborn client " + id.pid());
      thread.setDaemon(true);
      thread.start();
    }
  }

  /** Clients that come back at once, as a connection pool does. */
  public static final class Storm {

    private static final int MOST_ATTEMPTS = 20_000;
    private static final Duration LONGEST_WITHOUT_SUCCESS = Duration.ofMinutes(1);

    private final AtomicInteger attempts = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();
    private final List<Connection> open = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final TestServer.Connector connector;
    private volatile long lastSuccess = System.nanoTime();
    private volatile Optional<SQLException> lastRefusal = Optional.empty();
    private volatile boolean stopped;

    private Storm(TestServer.Connector connector, int count) {
      this.connector = connector;
      for (int i = 1; i <= count; i++) {
        Thread thread = new Thread(this::rage, "storm " + i);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
      }
    }

    /** How often one of them got in. */
    public int connections() {
      return connections.get();
    }

    /** How often one of them tried. */
    public int attempts() {
      return attempts.get();
    }

    /** Why the last one that was kept out was kept out. */
    public Optional<SQLException> lastRefusal() {
      return lastRefusal;
    }

    private void rage() {
      while (!stopped
          && attempts.incrementAndGet() <= MOST_ATTEMPTS
          && System.nanoTime() - lastSuccess < LONGEST_WITHOUT_SUCCESS.toNanos()) {
        try (Connection connection = connector.connect()) {
          open.add(connection);
          connections.incrementAndGet();
          lastSuccess = System.nanoTime();
          holdUntilLost(connection);
        } catch (SQLException e) {
          lastRefusal = Optional.of(e);
        }
      }
    }

    private void holdUntilLost(Connection connection) throws SQLException {
      try {
        while (!stopped) {
          // Reads from the idle session, so that its loss is noticed at once.
          connection.unwrap(PGConnection.class).getNotifications(0);
        }
      } finally {
        open.remove(connection);
      }
    }

    private void close() {
      stopped = true;
      while (threads.stream().anyMatch(Thread::isAlive)) {
        open.forEach(Storm::abort);
        threads.forEach(Storm::joinBriefly);
      }
    }

    private static void abort(Connection connection) {
      try {
        connection.abort(Runnable::run);
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    private static void joinBriefly(Thread thread) {
      try {
        thread.join(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }
}
