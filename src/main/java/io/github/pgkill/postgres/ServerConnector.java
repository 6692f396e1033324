package io.github.pgkill.postgres;

import io.github.pgkill.model.ConnectionSettings;
import io.github.pgkill.model.DialPlan;
import io.github.pgkill.model.DialRule;
import io.github.pgkill.model.Pause;
import io.github.pgkill.model.PgkillException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.postgresql.Driver;

/**
 * Opens the connection of a goal: to the first maintenance database that lets us in, and again
 * while a server is starting if the user wants to wait for it.
 */
public final class ServerConnector {

  /** The server is there, but this database is not for us: another one may be. */
  private static final Set<String> ANOTHER_DATABASE_MAY_DO =
      Set.of(
          SqlStates.INVALID_DATABASE,
          SqlStates.INSUFFICIENT_PRIVILEGE,
          SqlStates.INVALID_AUTHORIZATION,
          SqlStates.NOT_ACCEPTING);

  private static final Duration RETRY = Duration.ofMillis(250);

  /** Bound on a statement's answer from the network, beyond the server's own statement_timeout. */
  private static final int NETWORK_TIMEOUT_MILLIS = 45_000;

  private final ConnectionSettings settings;
  private final DialPlan plan;
  private final boolean primaryOnly;

  private ServerConnector(ConnectionSettings settings, DialPlan plan, boolean primaryOnly) {
    this.settings = settings;
    this.plan = plan;
    this.primaryOnly = primaryOnly;
  }

  /** For goals that only look: any host, and a standby will do. */
  public static ServerConnector toLook(ConnectionSettings settings) {
    List<DialRule> anywhere =
        settings.hosts().stream()
            .map(host -> new DialRule(host.dialled(), DialRule.ANYWHERE))
            .toList();
    return new ServerConnector(settings, new DialPlan(anywhere, false), false);
  }

  /** For goals that change something: what the guard let through, and the primary among several. */
  public static ServerConnector toChange(ConnectionSettings settings, DialPlan plan) {
    return new ServerConnector(settings, plan, true);
  }

  /**
   * Connects.
   *
   * @throws PgkillException telling in one line why it could not, and what to do about it
   */
  public Server connect() {
    long deadline = System.nanoTime() + settings.waitForServer().toNanos();
    while (true) {
      try {
        return anyMaintenanceDatabase();
      } catch (SQLException e) {
        if (!ConnectFailures.mayPass(e) || System.nanoTime() - deadline >= 0) {
          throw ConnectFailures.explain(e, settings);
        }
      }
      Pause.of(RETRY);
    }
  }

  private Server anyMaintenanceDatabase() throws SQLException {
    Iterator<String> databases = settings.maintenanceDatabases().iterator();
    while (true) {
      try {
        return open(databases.next());
      } catch (SQLException e) {
        if (!databases.hasNext() || !ANOTHER_DATABASE_MAY_DO.contains(e.getSQLState())) {
          throw e;
        }
      }
    }
  }

  private Server open(String database) throws SQLException {
    // not DriverManager: another plugin of the build may have initialised it without our driver
    Connection connection = new Driver().connect(url(), properties(database));
    if (connection == null) {
      throw new IllegalStateException("the driver does not know its own URL");
    }
    try {
      connection.setNetworkTimeout(Runnable::run, NETWORK_TIMEOUT_MILLIS);
      return Server.on(connection, settings);
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private String url() {
    return "jdbc:postgresql://" + settings.server() + "/";
  }

  private Properties properties(String database) {
    Properties properties = new Properties();
    properties.setProperty("ApplicationName", "pgkill");
    properties.putAll(settings.driverProperties());
    properties.setProperty("PGDBNAME", database);
    properties.setProperty("user", settings.user());
    if (settings.password() != null) {
      properties.setProperty("password", settings.password().reveal());
    }
    properties.putAll(CheckedSocketFactory.driverProperties(plan));
    String seconds =
        Long.toString(Math.max(1, (settings.connectTimeout().toMillis() + 999) / 1000));
    properties.setProperty("connectTimeout", seconds);
    // until we are logged in; a server that accepts and never answers must not hold the build
    properties.setProperty("socketTimeout", seconds);
    if (primaryOnly && settings.hosts().size() > 1) {
      properties.setProperty("targetServerType", "primary");
    }
    return properties;
  }
}
