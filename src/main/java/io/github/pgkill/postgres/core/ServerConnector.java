package io.github.pgkill.postgres.core;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.DialPlan;
import io.github.pgkill.model.connection.DialRule;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.AnotherServer;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Secret;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

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
  private final SameServer server;
  private final Consumer<String> listener;

  private ServerConnector(
      ConnectionSettings settings,
      DialPlan plan,
      boolean primaryOnly,
      SameServer server,
      Consumer<String> listener) {
    this.settings = settings;
    this.plan = plan;
    this.primaryOnly = primaryOnly;
    this.server = server;
    this.listener = listener;
  }

  /** For goals that only look: any host, and a standby will do. */
  public static ServerConnector toLook(ConnectionSettings settings) {
    List<DialRule> anywhere = settings.hosts().stream().map(DialRule::anywhere).toList();
    return new ServerConnector(
        settings, new DialPlan(anywhere, false), false, SameServer.unknownYet(), line -> {});
  }

  /** For goals that change something: what the guard let through, and the primary among several. */
  public static ServerConnector toChange(ConnectionSettings settings, DialPlan plan) {
    return new ServerConnector(settings, plan, true, SameServer.unknownYet(), line -> {});
  }

  /** The same, with somebody who hears what is waited for. */
  public ServerConnector telling(Consumer<String> who) {
    return new ServerConnector(settings, plan, primaryOnly, server, who);
  }

  /** By way of these databases to the server that was reached first, and to no other. */
  public ServerConnector through(List<String> databases) {
    return new ServerConnector(
        settings.withMaintenanceDatabases(databases), plan, primaryOnly, server, listener);
  }

  /**
   * To the server that was reached first, also after a restart by others, or to whichever is the
   * primary of its cluster now. Only to give back what was taken: everything else could happen on a
   * clone.
   */
  public ServerConnector orSuccessor() {
    return new ServerConnector(
        settings.withHosts(settings.everyHost()),
        plan,
        primaryOnly,
        server.orSuccessor(),
        listener);
  }

  /** By that one of the hosts to the server that was reached first there. */
  ServerConnector at(HostAddress host) {
    return settings.hosts().size() == 1
        ? this
        : new ServerConnector(
            settings.withHosts(List.of(host)), plan, primaryOnly, server, listener);
  }

  /** To that host alone, standby or not, to see what became of it. */
  public ServerConnector lookAt(HostAddress host) {
    return new ServerConnector(
        settings.withHosts(List.of(host)), plan, false, SameServer.unknownYet(), listener);
  }

  /**
   * Connects. The first connection may reach any server, each further one only that one again.
   *
   * @throws AnotherServer when it would reach another one
   * @throws PgkillException telling in one line why it could not, and what to do about it
   */
  public Server connect() {
    ServerWait wait = new ServerWait(settings, listener);
    while (true) {
      long attempt = System.nanoTime();
      try {
        Server connected = anyMaintenanceDatabase();
        wait.over();
        return connected;
      } catch (SQLException e) {
        wait.after(e, Duration.ofNanos(System.nanoTime() - attempt));
      }
      Pause.of(RETRY);
    }
  }

  /**
   * Connects to a server that was there a moment ago, whatever it answers meanwhile: while it ends
   * all sessions and recovers, that may be anything.
   *
   * @throws PgkillException telling the last reason
   */
  Server connectAgain(Duration atMost) {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (true) {
      long attempt = System.nanoTime();
      try {
        return anyMaintenanceDatabase();
      } catch (SQLException e) {
        if (System.nanoTime() - deadline >= 0) {
          Duration waited = Duration.ofNanos(System.nanoTime() - attempt);
          throw ConnectFailures.explain(e, settings, waited);
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
        if (!databases.hasNext() || !anotherDatabaseMayDo(e)) {
          throw e;
        }
      }
    }
  }

  private static boolean anotherDatabaseMayDo(SQLException e) {
    return ANOTHER_DATABASE_MAY_DO.contains(String.valueOf(e.getSQLState()))
        || ConnectionLimit.of(e).equals(Optional.of(ConnectionLimit.DATABASE));
  }

  /**
   * A second connection, to the database that is to be cleared.
   *
   * @throws PgkillFailure when the server does not let us in there
   */
  Server into(String database) {
    try {
      return open(database);
    } catch (SQLException e) {
      throw new PgkillFailure(
          "holdingLocksOn needs to look into database "
              + database
              + ", and the server does not let user "
              + settings.user()
              + " in: "
              + ServerMessages.of(e),
          SqlStates.NOT_ACCEPTING.equals(e.getSQLState())
              ? "Is it closed? mvn pgkill:restore-connect opens it."
              : "GRANT CONNECT ON DATABASE to that user, or open the database: mvn"
                  + " pgkill:restore-connect",
          e);
    }
  }

  private Server open(String database) throws SQLException {
    try (OwnSessions.Login login = OwnSessions.login()) {
      return openAndMakeKnown(database);
    }
  }

  private Server openAndMakeKnown(String database) throws SQLException {
    Connection connection = dial(database);
    try {
      connection.setNetworkTimeout(Runnable::run, NETWORK_TIMEOUT_MILLIS);
      return Server.on(connection, settings, this, server);
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /** A connection that nobody's presets have changed. */
  private Connection dial(String database) throws SQLException {
    Properties properties = properties(database);
    StartupOptions.pin(properties);
    try {
      return Dial.dial(properties);
    } catch (SQLException e) {
      if (!StartupOptions.refusedByPooler(e)) {
        throw e;
      }
      // whether a pooler will do is the goal's to judge
      return Dial.dial(properties(database));
    }
  }

  /** For statements of the build's own: as our login role, and otherwise untouched. */
  ScriptSession openScript(String database) {
    long attempt = System.nanoTime();
    try (OwnSessions.Login login = OwnSessions.login()) {
      Connection connection = Dial.dial(properties(database));
      try {
        return ScriptSession.on(connection, settings, server);
      } catch (SQLException | RuntimeException e) {
        connection.close();
        throw e;
      }
    } catch (SQLException e) {
      Duration waited = Duration.ofNanos(System.nanoTime() - attempt);
      throw ConnectFailures.explain(e, settings, waited);
    }
  }

  /** Knocks: whether the server lets our login role into this database. */
  boolean letsIn(String database) throws SQLException {
    try (Connection connection = dial(database)) {
      server.require(connection);
      return true;
    } catch (SQLException e) {
      if (!SqlStates.NOT_ACCEPTING.equals(e.getSQLState())) {
        throw e;
      }
      return false;
    }
  }

  private Properties properties(String database) {
    Properties properties = new Properties();
    properties.setProperty("ApplicationName", "pgkill");
    properties.putAll(settings.driverProperties());
    properties.setProperty("PGHOST", joined(HostAddress::handle));
    properties.setProperty("PGPORT", joined(host -> Integer.toString(host.port())));
    properties.setProperty("PGDBNAME", database);
    // for ServerEncoding
    properties.setProperty("allowEncodingChanges", "true");
    properties.setProperty("user", settings.user());
    // never absent: the driver would read .pgpass itself then, whatever its permissions
    Secret password = settings.password();
    properties.setProperty("password", password == null ? "" : password.reveal());
    properties.putAll(CheckedSocketFactory.driverProperties(plan));
    Dial.bound(properties, settings.connectTimeout(), settings.hosts().size());
    if (primaryOnly && settings.hosts().size() > 1) {
      properties.setProperty("targetServerType", "primary");
    }
    return properties;
  }

  private String joined(Function<HostAddress, String> part) {
    return settings.hosts().stream().map(part).collect(Collectors.joining(","));
  }
}
