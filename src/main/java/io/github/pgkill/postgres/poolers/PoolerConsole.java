package io.github.pgkill.postgres.poolers;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.DialPlan;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.poolers.PoolerAlias;
import io.github.pgkill.model.poolers.PoolerBackend;
import io.github.pgkill.postgres.core.Dial;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.ServerMessages;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A connection to PgBouncer's admin console (its documentation: Admin console). Nothing but SHOW,
 * PAUSE and RESUME of one database is ever said: WAIT_CLOSE makes the PAUSE of others lie, SUSPEND
 * and KILL hit everybody.
 */
public final class PoolerConsole implements AutoCloseable {

  /** Who says what it thinks of a server that calls itself {@code 1.18.0/bouncer}. */
  private static final String DRIVERS_LOGGER = "org.postgresql.jdbc.PgConnection";

  /** For an answer to SHOW or RESUME, which come at once. */
  private static final int ANSWER_MILLIS = 10_000;

  private final HostAddress console;
  private final Connection connection;

  private PoolerConsole(HostAddress console, Connection connection) {
    this.console = console;
    this.connection = connection;
  }

  /**
   * Connects as the poolers' administrator.
   *
   * @param plan where the guard lets anybody go
   * @throws PgkillFailure when the console does not let us in
   * @throws PgkillError when it does not answer
   */
  public static PoolerConsole open(
      ConnectionSettings settings, HostAddress console, DialPlan plan) {
    return open(ConsoleLogin.of(settings, console, plan));
  }

  static PoolerConsole open(ConsoleLogin login) {
    try {
      Connection connection = quietly(login);
      connection.setNetworkTimeout(Runnable::run, ANSWER_MILLIS);
      return new PoolerConsole(login.console(), connection);
    } catch (SQLException e) {
      throw unopened(login, e);
    }
  }

  /** The driver warns of the console's version, which is none of a server's. */
  private static synchronized Connection quietly(ConsoleLogin login) throws SQLException {
    Logger logger = Logger.getLogger(DRIVERS_LOGGER);
    Level before = logger.getLevel();
    logger.setLevel(Level.OFF);
    try {
      return Dial.dial(login.driverProperties());
    } finally {
      logger.setLevel(before);
    }
  }

  private static PgkillException unopened(ConsoleLogin login, SQLException e) {
    String what =
        "the console of the pooler at "
            + login.console()
            + " cannot be opened as user "
            + login.user()
            + ": "
            + ServerMessages.of(e);
    boolean refused = !String.valueOf(e.getSQLState()).startsWith("08001");
    return refused
        ? new PgkillFailure(
            what,
            "-Dpgkill.poolers names PgBouncer's own address, and -Dpgkill.poolersServerId a server"
                + " of settings.xml with one of its admin_users.",
            e)
        : new PgkillError(what, "Is PgBouncer up, and its address right in -Dpgkill.poolers?", e);
  }

  public HostAddress console() {
    return console;
  }

  /** From now on an answer may take as long as it takes. */
  PoolerConsole patient() {
    try {
      connection.setNetworkTimeout(Runnable::run, 0);
      return this;
    } catch (SQLException e) {
      throw lost(e);
    }
  }

  /** What it says of itself, such as {@code PgBouncer 1.18.0}. */
  public String version() {
    return rows("SHOW VERSION", row -> row.getString(1)).stream().findFirst().orElse("");
  }

  /** Its settings. */
  public Map<String, String> settings() {
    Map<String, String> settings = new HashMap<>();
    rows("SHOW CONFIG", row -> settings.put(text(row, "key"), text(row, "value")));
    return settings;
  }

  /** Every name under which it offers a database, its console aside. */
  public List<PoolerAlias> aliases() {
    Map<String, Pool> pools = pools();
    List<PoolerAlias> aliases = new ArrayList<>(rows("SHOW DATABASES", row -> alias(row, pools)));
    aliases.removeIf(alias -> alias.name().equals("pgbouncer"));
    return aliases;
  }

  private PoolerAlias alias(ResultSet row, Map<String, Pool> pools) throws SQLException {
    String name = text(row, "name");
    Pool pool = pools.getOrDefault(name, Pool.NONE);
    String mode = text(row, "pool_mode");
    return new PoolerAlias(
        console,
        name,
        text(row, "host"),
        row.getInt("port"),
        text(row, "database"),
        mode.isEmpty() ? pool.mode() : mode,
        row.getInt("paused") != 0,
        row.getInt("disabled") != 0,
        pool.clients(),
        pool.waiting());
  }

  /** The clients of one alias, all users together. */
  private record Pool(String mode, int clients, int waiting) {
    static final Pool NONE = new Pool("", 0, 0);

    Pool and(Pool other) {
      return new Pool(other.mode, clients + other.clients, waiting + other.waiting);
    }
  }

  private Map<String, Pool> pools() {
    Map<String, Pool> pools = new HashMap<>();
    rows(
        "SHOW POOLS",
        row -> {
          int waiting = row.getInt("cl_waiting");
          Pool pool = new Pool(text(row, "pool_mode"), row.getInt("cl_active") + waiting, waiting);
          return pools.merge(text(row, "database"), pool, Pool::and);
        });
    return pools;
  }

  /** Its connections to servers. */
  public List<PoolerBackend> backends() {
    return rows(
        "SHOW SERVERS",
        row ->
            new PoolerBackend(
                text(row, "database"), row.getInt("remote_pid"), !text(row, "link").isEmpty()));
  }

  /** What tells the connections to its console apart, this one included. */
  public Set<String> consoleClients() {
    return new HashSet<>(
        rows(
            "SHOW CLIENTS",
            row ->
                text(row, "database").equals("pgbouncer")
                    ? text(row, "addr") + " " + text(row, "port") + " " + text(row, "connect_time")
                    : ""));
  }

  /**
   * Pauses one database: answers once none of its connections to the server is left, and from its
   * beginning on hands out no more of them.
   */
  void pause(String alias) {
    say("PAUSE " + quoted(alias));
  }

  /** Ends the pause of one database; an error where it is not paused. */
  public void resume(String alias) {
    say("RESUME " + quoted(alias));
  }

  /** The console's grammar has no way to write a quotation mark: {@link #canBeNamed}. */
  private static String quoted(String alias) {
    if (!canBeNamed(alias)) {
      throw new IllegalArgumentException("not an alias: " + alias);
    }
    return '"' + alias + '"';
  }

  /** Whether an alias can be written in a command. */
  public static boolean canBeNamed(String alias) {
    return !alias.isEmpty()
        && alias.indexOf('"') < 0
        && alias.codePoints().noneMatch(Character::isISOControl);
  }

  private void say(String command) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(command);
    } catch (SQLException e) {
      throw lost(e);
    }
  }

  private <T> List<T> rows(String command, Rows.Mapper<T> mapper) {
    List<T> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(command)) {
      while (result.next()) {
        rows.add(mapper.map(result));
      }
      return rows;
    } catch (SQLException e) {
      throw lost(e);
    }
  }

  private static String text(ResultSet row, String column) throws SQLException {
    String text = row.getString(column);
    return text == null ? "" : text;
  }

  private PgkillError lost(SQLException e) {
    return new PgkillError(
        "the console of the pooler at " + console + " failed: " + ServerMessages.of(e),
        "Look at PgBouncer's log.",
        e);
  }

  /** Breaks off whatever is under way. */
  void abort() {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      throw lost(e);
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw lost(e);
    }
  }
}
