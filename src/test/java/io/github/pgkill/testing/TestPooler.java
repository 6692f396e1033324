package io.github.pgkill.testing;

import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.connection.PoolerAccess;
import io.github.pgkill.model.value.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.postgresql.Driver;

/**
 * A real PgBouncer before a test server: {@link Machine#PGBOUNCER}. It ends with this JVM, however
 * that ends, and everything of it is in a directory of its own.
 */
public final class TestPooler implements AutoCloseable {

  /** Who may pause. */
  public static final String ADMIN = "pooladmin";

  /** Who may only look. */
  public static final String OBSERVER = "poolstats";

  /** The password of everybody. */
  public static final String PASSWORD = "pool=secret %";

  private static final List<Path> PROGRAMS =
      List.of(Path.of("/usr/sbin/pgbouncer"), Path.of("/usr/bin/pgbouncer"));

  private final TestServer server;
  private final ServerUser user = ServerUser.detect();
  private final Path directory;
  private final int port;
  private final Map<String, String> settings = new LinkedHashMap<>();
  private final Map<String, String> aliases = new LinkedHashMap<>();
  private Process guard;

  private TestPooler(TestServer server, Path directory, int port) {
    this.server = server;
    this.directory = directory;
    this.port = port;
  }

  static Optional<String> missing() {
    return program().isPresent() ? Optional.empty() : Optional.of("no pgbouncer on this machine");
  }

  private static Optional<Path> program() {
    return PROGRAMS.stream().filter(Files::isExecutable).findFirst();
  }

  /** One before that server, with these settings beside the usual ones. */
  public static TestPooler before(TestServer server, Map<String, String> settings) {
    try {
      TestPooler pooler = new TestPooler(server, Directories.temporary(), freePort());
      pooler.settings.putAll(settings);
      pooler.start();
      return pooler;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private void start() throws IOException {
    Directories.openForEverybody(directory);
    Files.writeString(
        directory.resolve("users"),
        Stream.of(ADMIN, OBSERVER, TestServer.SUPERUSER)
            .map(name -> "\"" + name + "\" \"" + PASSWORD + "\"\n")
            .reduce("", String::concat));
    configure();
    user.own(directory);
    List<String> argv =
        new ArrayList<>(
            List.of(
                "sh",
                "-c",
                "trap '' INT TERM HUP; \"$@\" </dev/null & pooler=$!; echo $pooler >\"$0/pid\";"
                    + " cat >/dev/null; kill -9 $pooler; wait; rm -rf \"$0\"",
                directory.toString()));
    argv.addAll(
        user.argv(
            List.of(program().orElseThrow().toString(), directory.resolve("ini").toString())));
    guard =
        new ProcessBuilder(argv)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    Eventually.within(10, this::answers);
  }

  private boolean answers() {
    try (Connection console = console()) {
      return console != null;
    } catch (SQLException e) {
      return false;
    }
  }

  private void configure() throws IOException {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("listen_addr", "127.0.0.1");
    all.put("listen_port", Integer.toString(port));
    all.put("unix_socket_dir", "");
    all.put("auth_type", "scram-sha-256");
    all.put("auth_file", directory.resolve("users").toString());
    all.put("admin_users", ADMIN);
    all.put("stats_users", OBSERVER);
    all.put("pool_mode", "transaction");
    all.put("default_pool_size", "10");
    all.put("max_client_conn", "100");
    all.put("ignore_startup_parameters", "extra_float_digits");
    all.putAll(settings);
    StringBuilder text = new StringBuilder("[databases]\n");
    aliases.forEach((name, target) -> text.append(name + " = " + target + "\n"));
    text.append("[pgbouncer]\n");
    all.forEach((name, value) -> text.append(name + " = " + value + "\n"));
    Files.writeString(directory.resolve("ini"), text);
  }

  /** Offers a database of the server under that name; {@code more} such as a pool mode. */
  public TestPooler alias(String name, String database, String more) throws SQLException {
    return aliasTo(
        name, "host=127.0.0.1 port=" + server.port() + " dbname=" + database + " " + more);
  }

  /** Offers whatever that line of the configuration says. */
  public TestPooler aliasTo(String name, String target) throws SQLException {
    aliases.put(name, target + " user=" + TestServer.SUPERUSER);
    try {
      configure();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    tell("RELOAD");
    return this;
  }

  /** Takes all names away that were offered so far. */
  public void withdraw() throws SQLException {
    aliases.clear();
    try {
      configure();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    tell("RELOAD");
  }

  /** Where its console is. */
  public HostAddress address() {
    return new HostAddress("127.0.0.1", null, port);
  }

  /** With consent, as the administrator. */
  public PoolerAccess access() {
    return access(ADMIN, true);
  }

  public PoolerAccess access(String name, boolean mayPause) {
    return new PoolerAccess(List.of(address()), name, new Secret(PASSWORD), mayPause, List.of());
  }

  /** A client's connection, in transaction pooling with what that can bear. */
  public Connection connect(String alias) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", TestServer.SUPERUSER);
    properties.setProperty("password", PASSWORD);
    properties.setProperty("preferQueryMode", "simple");
    properties.setProperty("assumeMinServerVersion", "9.4");
    return new Driver().connect("jdbc:postgresql://127.0.0.1:" + port + "/" + alias, properties);
  }

  /** The admin console, as anybody's program opens it. */
  public Connection console() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", ADMIN);
    properties.setProperty("password", PASSWORD);
    properties.setProperty("loginTimeout", "10");
    properties.setProperty("socketTimeout", "30");
    return new Driver()
        .connect(
            "jdbc:postgresql://127.0.0.1:"
                + port
                + "/pgbouncer?preferQueryMode=simple&replication=database",
            properties);
  }

  /** Says that at its console. */
  public void tell(String command) throws SQLException {
    try (Connection console = console();
        Statement statement = console.createStatement()) {
      statement.execute(command);
    }
  }

  /** That column of an alias in SHOW DATABASES. */
  public String shown(String alias, String column) throws SQLException {
    try (Connection console = console();
        Statement statement = console.createStatement();
        ResultSet rows = statement.executeQuery("SHOW DATABASES")) {
      while (rows.next()) {
        if (rows.getString("name").equals(alias)) {
          return rows.getString(column);
        }
      }
      return "no such alias";
    }
  }

  public boolean isPaused(String alias) throws SQLException {
    return shown(alias, "paused").equals("1");
  }

  /** What it logged. */
  public String log() throws IOException {
    return Files.readString(directory.resolve("log"));
  }

  /** Ends it, as a crash would. */
  public void kill() {
    Commands.run(List.of("sh", "-c", "kill -9 $(cat \"$0/pid\")", directory.toString()));
  }

  @Override
  public void close() {
    try {
      guard.getOutputStream().close();
      guard.waitFor();
      Directories.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
