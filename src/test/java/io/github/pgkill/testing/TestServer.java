package io.github.pgkill.testing;

import io.github.pgkill.model.connection.Node;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.postgresql.Driver;

/**
 * A real PostgreSQL server for tests, because what this project promises can only be seen on one.
 *
 * <p>It listens on loopback and a Unix socket, trusts everybody unless {@code pg_hba} lines say
 * otherwise, and never syncs to disk. It ends with this JVM, however that ends: on POSIX systems a
 * small shell waits for our death, then stops the server and deletes its directory.
 */
public final class TestServer implements AutoCloseable {

  /** The superuser of every test server. */
  public static final String SUPERUSER = "postgres";

  private static final Map<Integer, TestServer> SHARED = new ConcurrentHashMap<>();
  private static final Set<TestServer> RUNNING = ConcurrentHashMap.newKeySet();
  private static final int TRIES_FOR_A_PORT = 5;
  private static final long PATIENCE_NANOS = 20_000_000_000L;
  private static final boolean POSIX =
      !System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");

  private final AtomicInteger names = new AtomicInteger();

  /** Others may be attached to the same server. */
  private final String nameSpace = Integer.toHexString(ThreadLocalRandom.current().nextInt());

  private final PostgresBinaries binaries;
  private final ServerUser serverUser;
  private final Path directory;
  private final int port;
  private final boolean ours;
  private Process guard;

  private TestServer(
      PostgresBinaries binaries, ServerUser serverUser, Path directory, int port, boolean ours) {
    this.binaries = binaries;
    this.serverUser = serverUser;
    this.directory = directory;
    this.port = port;
    this.ours = ours;
  }

  /** The server of this JVM on the default major, started when first asked for. */
  public static TestServer shared() {
    return shared(PostgresBinaries.defaultMajor());
  }

  /** The server of this JVM on that major; the build must have fetched its binaries. */
  public static TestServer shared(int major) {
    return SHARED.computeIfAbsent(
        major,
        m -> {
          TestServer server = start(m, Map.of(), List.of());
          Runtime.getRuntime().addShutdownHook(new Thread(server::close, "stop test server"));
          return server;
        });
  }

  /** A server of your own on the default major, with these lines in postgresql.conf. */
  public static TestServer start(Map<String, String> settings) {
    return start(settings, List.of());
  }

  /**
   * A server of your own on the default major.
   *
   * @param hbaLines put before the lines that trust everybody, such as {@code host all app
   *     127.0.0.1/32 scram-sha-256}
   */
  public static TestServer start(Map<String, String> settings, List<String> hbaLines) {
    return start(PostgresBinaries.defaultMajor(), settings, hbaLines);
  }

  /** A server of your own on that major. */
  public static TestServer start(int major, Map<String, String> settings, List<String> hbaLines) {
    return start(major, ServerUser.detect(), settings, hbaLines);
  }

  /**
   * A server of your own on the default major as an administrator would have it: its files belong
   * to the user it runs as, who is never root. Needs {@link Machine#SERVER_OF_ITS_OWNER}.
   */
  public static TestServer startAsOwner(Map<String, String> settings) {
    return start(PostgresBinaries.defaultMajor(), ServerUser.owner(), settings, List.of());
  }

  static Optional<String> ownerRefused() {
    PostgresBinaries binaries = PostgresBinaries.of(PostgresBinaries.defaultMajor());
    return binaries.reachableBy(ServerUser.owner()).runsAs(ServerUser.owner())
        ? Optional.empty()
        : Optional.of("nobody but root may run programs of ours here");
  }

  /** Those of this JVM that are not closed. */
  static List<TestServer> running() {
    return List.copyOf(RUNNING);
  }

  /** Where the default major is installed. */
  public static Path home() {
    return PostgresBinaries.of(PostgresBinaries.defaultMajor()).home();
  }

  /** A server of your own with Debian's programs and extensions: {@link Machine#PG_CRON}. */
  public static TestServer startDebian(Map<String, String> settings) {
    return start(
        new PostgresBinaries(
            DebianMachine.MAJOR,
            DebianMachine.HOME,
            PostgresBinaries.directory(DebianMachine.MAJOR).resolve("debian")),
        ServerUser.detect(),
        settings,
        List.of());
  }

  private static TestServer start(
      int major, ServerUser serverUser, Map<String, String> settings, List<String> hbaLines) {
    return start(
        PostgresBinaries.of(major).reachableBy(serverUser), serverUser, settings, hbaLines);
  }

  private static TestServer start(
      PostgresBinaries binaries,
      ServerUser serverUser,
      Map<String, String> settings,
      List<String> hbaLines) {
    for (int attempt = 1; ; attempt++) {
      TestServer server = create(binaries, serverUser);
      try {
        server.initialise(settings, hbaLines);
        server.pgCtl("start");
        return server;
      } catch (IOException e) {
        server.close();
        throw new UncheckedIOException(e);
      } catch (IllegalStateException e) {
        boolean portTaken = server.log().contains("Address already in use");
        IllegalStateException explained =
            new IllegalStateException(e.getMessage() + server.log(), e);
        server.close();
        if (!portTaken || attempt == TRIES_FOR_A_PORT) {
          throw explained;
        }
      }
    }
  }

  /**
   * A primary of its own that was copied from that server, as from a base backup: the same system
   * identifier, databases and object ids. The original is stopped for a moment.
   */
  public static TestServer cloneOf(TestServer original) {
    return copyOf(original, Map.of(), false);
  }

  /**
   * A standby that follows that server, made from a copy of its directory: it is stopped for a
   * moment, which ends its sessions.
   */
  public static TestServer standbyOf(TestServer primary) {
    return copyOf(primary, following(primary), true);
  }

  private static Map<String, String> following(TestServer primary) {
    return Map.of(
        "primary_conninfo", "host=127.0.0.1 user=" + SUPERUSER + " port=" + primary.port());
  }

  private static TestServer copyOf(
      TestServer original, Map<String, String> settings, boolean standby) {
    TestServer copy = create(original.binaries, original.serverUser);
    try {
      copy.guard = POSIX ? copy.startGuard() : null;
      original.stop();
      Directories.copy(original.dataDirectory(), copy.dataDirectory());
      original.resume();
      copy.append(settings);
      if (standby) {
        // the copy of a standby has it already
        Files.write(copy.dataDirectory().resolve("standby.signal"), new byte[0]);
      }
      copy.serverUser.own(copy.directory);
      copy.pgCtl("start");
      return copy;
    } catch (IOException e) {
      copy.close();
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until that standby has replayed all that was committed here. */
  public void awaitReplay(TestServer standby) throws SQLException {
    String position = query("select pg_current_wal_insert_lsn()::text").get(0);
    Eventually.within(
        30,
        () ->
            standby
                .query("select (pg_last_wal_replay_lsn() >= ?::text::pg_lsn)::text", position)
                .equals(List.of("true")));
  }

  /** Makes a standby the primary. */
  public void promote() {
    pgCtl("promote");
  }

  /** Starts it after {@link #stop()} as a standby of that one. */
  public void resumeAsStandbyOf(TestServer primary) {
    try {
      append(following(primary));
      Files.createFile(dataDirectory().resolve("standby.signal"));
      serverUser.own(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    resume();
  }

  private void append(Map<String, String> settings) throws IOException {
    Files.writeString(
        dataDirectory().resolve("postgresql.conf"),
        settingLines(settings),
        StandardOpenOption.APPEND);
  }

  /**
   * A server that another JVM of this build started: closing it here leaves it running.
   *
   * @param facts what {@link #facts()} gave there
   */
  static TestServer attach(Properties facts) {
    return new TestServer(
        new PostgresBinaries(
            Integer.parseInt(facts.getProperty("major")),
            Path.of(facts.getProperty("home")),
            Path.of(facts.getProperty("clusters"))),
        ServerUser.valueOf(facts.getProperty("serverUser")),
        Path.of(facts.getProperty("directory")),
        Integer.parseInt(facts.getProperty("port")),
        false);
  }

  /** What another JVM must know to use this server. */
  Properties facts() {
    Properties facts = new Properties();
    facts.setProperty("major", Integer.toString(binaries.major()));
    facts.setProperty("home", binaries.home().toString());
    facts.setProperty("clusters", binaries.clusters().toString());
    facts.setProperty("serverUser", serverUser.name());
    facts.setProperty("directory", directory.toString());
    facts.setProperty("port", Integer.toString(port));
    return facts;
  }

  private static TestServer create(PostgresBinaries binaries, ServerUser serverUser) {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Path directory = Directories.forServer();
      TestServer server =
          new TestServer(binaries, serverUser, directory, free.getLocalPort(), true);
      RUNNING.add(server);
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean isShared() {
    return SHARED.containsValue(this);
  }

  /** Whether that is the process that waits for this JVM's death. */
  boolean isGuardedBy(long process) {
    return guard != null && guard.pid() == process;
  }

  private void initialise(Map<String, String> settings, List<String> hbaLines) throws IOException {
    guard = POSIX ? startGuard() : null;
    new NewCluster(binaries, serverUser).copyTo(dataDirectory());
    Files.writeString(
        dataDirectory().resolve("postgresql.conf"),
        settingLines(settings),
        StandardOpenOption.APPEND);
    Path hba = dataDirectory().resolve("pg_hba.conf");
    Files.writeString(hba, String.join("\n", hbaLines) + "\n" + Files.readString(hba));
    serverUser.own(directory);
  }

  private String settingLines(Map<String, String> wanted) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("port", Integer.toString(port));
    settings.put("listen_addresses", "localhost");
    if (POSIX) {
      settings.put("unix_socket_directories", directory.toString());
    }
    settings.put("max_connections", "200");
    // each session pays for each page of it that it touches
    settings.put("shared_buffers", "4MB");
    settings.put("fsync", "off");
    settings.put("full_page_writes", "off");
    settings.put("synchronous_commit", "off");
    settings.put("password_encryption", "scram-sha-256");
    settings.put("wal_level", "logical");
    settings.put("max_prepared_transactions", "20");
    settings.put("log_line_prefix", "%m [%p] %u@%d %a ");
    settings.putAll(wanted);
    StringBuilder lines = new StringBuilder("\n");
    settings.forEach(
        (name, value) ->
            lines.append(name).append(" = '").append(value.replace("'", "''")).append("'\n"));
    return lines.toString();
  }

  /**
   * Its input ends when this JVM does, even by SIGKILL; a Ctrl-C in the terminal must not hit it.
   */
  private Process startGuard() throws IOException {
    List<String> argv =
        new ArrayList<>(
            List.of(
                "sh",
                "-c",
                "trap '' INT TERM HUP; cat >/dev/null; \"$@\"; rm -rf \"$0\"",
                directory.toString()));
    argv.addAll(pgCtlCommand("stop", "--mode=immediate"));
    return new ProcessBuilder(argv)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** The version that comes before the dot. */
  public int major() {
    return binaries.major();
  }

  public int port() {
    return port;
  }

  public Path dataDirectory() {
    return directory.resolve("data");
  }

  /** Where the Unix socket {@code .s.PGSQL.<port>} is; not on Windows. */
  public Path socketDirectory() {
    return directory;
  }

  /**
   * A pipe that the server may read: whoever opens it waits until the test writes. Not on Windows.
   */
  public Path pipe(String name) {
    Path pipe = socketDirectory().resolve(name);
    Commands.run(List.of("mkfifo", "-m", "644", pipe.toString()));
    return pipe;
  }

  /** The process id of the server itself, the parent of all its backends. */
  public long postmasterPid() {
    try (var lines = Files.lines(dataDirectory().resolve("postmaster.pid"))) {
      return Long.parseLong(lines.findFirst().orElseThrow().trim());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where tests connect to. */
  public Node node() {
    return new Node("127.0.0.1", port);
  }

  /** A URL without user: add one by {@code connect}, {@code ?user=} or a parameter. */
  public String jdbcUrl(String database) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
  }

  public Connection connect(String database, String user) throws SQLException {
    return connect(database, user, "pgkill tests");
  }

  /** With a name from the first moment on: else the driver says it by a statement of its own. */
  public Connection connect(String database, String user, String applicationName)
      throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("ApplicationName", applicationName);
    properties.setProperty("assumeMinServerVersion", "9.4");
    return connect(database, properties);
  }

  /** Not through DriverManager, so that it works in Maven's own JVM too. */
  public Connection connect(String database, Properties properties) throws SQLException {
    return new Driver().connect(jdbcUrl(database), properties);
  }

  /** How somebody connects. */
  @FunctionalInterface
  public interface Connector {
    Connection connect() throws SQLException;
  }

  /**
   * Connects like that as soon as there is a slot: whoever has closed a moment ago has it still.
   */
  public static Connection connectOnceThereIsRoom(Connector connector) throws SQLException {
    return connectInSpiteOf("53300", connector);
  }

  /** Connects like that, again and again as long as the server fails it with that SQLSTATE. */
  public static Connection connectInSpiteOf(String state, Connector connector) throws SQLException {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (true) {
      try {
        return connector.connect();
      } catch (SQLException e) {
        if (!state.equals(e.getSQLState()) || System.nanoTime() > deadline) {
          throw e;
        }
        LockSupport.parkNanos(10_000_000);
      }
    }
  }

  /** Runs statements as the superuser in database {@code postgres}. */
  public void execute(String sql) throws SQLException {
    execute(SUPERUSER, sql);
  }

  /** Runs statements as the superuser in that database. */
  public void execute(String database, String sql) throws SQLException {
    try (Connection connection = connect(database, SUPERUSER);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The first column of what the superuser sees in database {@code postgres}, as text. */
  public List<String> query(String sql, Object... parameters) throws SQLException {
    return queryIn(SUPERUSER, sql, parameters);
  }

  /** The same in another database. */
  public List<String> queryIn(String database, String sql, Object... parameters)
      throws SQLException {
    try (Connection connection = connect(database, SUPERUSER)) {
      return ask(connection, sql, parameters);
    }
  }

  /** The same of somebody who asks often: to connect takes 40 times as long as to ask. */
  static List<String> ask(Connection connection, String sql, Object... parameters)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      List<String> values = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          values.add(rows.getString(1));
        }
      }
      return values;
    }
  }

  /** Names of the databases that some build makes or drops, or has left over. */
  public List<String> unfinishedDatabases() throws SQLException {
    return query("select datname from pg_database where datname ~ '^pgkill_' order by 1");
  }

  /** All clients' sessions but the one that asks, each with its pid and start before a comma. */
  List<String> otherSessions() throws SQLException {
    return query(
        """
        select
          concat(pid, ' since ', backend_start, ', ', application_name, ' of ', usename,
            ' in ', datname, ': ', query)
        from pg_stat_activity
        where
          backend_type in ('client backend', 'walsender')
          and application_name <> 'walreceiver'
          and pid <> pg_backend_pid()
        """);
  }

  /** Whether the superuser sees that session now. */
  public boolean alive(int pid, String backendStart) throws SQLException {
    return !query(
            "select 1 from pg_stat_activity where pid = ? and backend_start::text = ?",
            pid,
            backendStart)
        .isEmpty();
  }

  /** Creates an empty database and returns its name, which no other test has. */
  public String createDatabase() throws SQLException {
    String name = freshName("db");
    // not block by block through the log, the default from then on: a third of the time
    execute("create database " + name + (major() < 15 ? "" : " strategy file_copy"));
    return name;
  }

  /**
   * Creates a role and returns its name, which no other test has.
   *
   * @param options what CREATE ROLE takes, such as {@code login password 'x' in role
   *     pg_signal_backend}
   */
  public String createRole(String options) throws SQLException {
    String name = freshName("role");
    execute("create role " + name + " " + options);
    return name;
  }

  private String freshName(String kind) {
    return kind + "_" + nameSpace + "_" + names.incrementAndGet();
  }

  /** Restarts it on the same port and directory, ending every session. */
  public void restart() {
    pgCtl("restart", "--mode=fast");
  }

  /** Stops it and keeps its directory, so that {@link #resume()} can start it again. */
  public void stop() {
    pgCtl("stop", "--mode=fast");
  }

  /** Starts it again after {@link #stop()}. */
  public void resume() {
    pgCtl("start");
  }

  /** The command that runs one of this server's programs as a user whom it accepts. */
  public List<String> command(String program, String... arguments) {
    List<String> command = new ArrayList<>(List.of(binaries.tool(program).toString()));
    command.addAll(List.of(arguments));
    return serverUser.argv(command);
  }

  /** The command that restarts it, for those who run it themselves. */
  public List<String> restartCommand() {
    return pgCtlCommand("restart", "--mode=fast");
  }

  private void pgCtl(String action, String... options) {
    Commands.run(pgCtlCommand(action, options));
  }

  private List<String> pgCtlCommand(String action, String... options) {
    List<String> arguments =
        new ArrayList<>(List.of(action, "--wait", "--pgdata=" + dataDirectory()));
    if (!action.equals("stop")) {
      arguments.add("--log=" + logFile());
    }
    arguments.addAll(List.of(options));
    return command("pg_ctl", arguments.toArray(String[]::new));
  }

  /** What the server wrote into its log so far. */
  public String log() {
    try {
      return Files.exists(logFile()) ? Files.readString(logFile()) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path logFile() {
    return directory.resolve("server.log");
  }

  /** Stops it, ending every session, and deletes its directory. */
  @Override
  public void close() {
    if (!ours) {
      return;
    }
    try {
      if (Files.exists(dataDirectory().resolve("postmaster.pid"))) {
        pgCtl("stop", "--mode=immediate");
      }
      Directories.delete(directory);
      if (guard != null) {
        guard.getOutputStream().close();
        guard.waitFor();
      }
      RUNNING.remove(this);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
