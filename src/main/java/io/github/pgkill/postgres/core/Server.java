package io.github.pgkill.postgres.core;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.Endpoint;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.connection.Node;
import io.github.pgkill.model.failure.AnotherServer;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.server.ServerInfo;
import io.github.pgkill.model.sessions.SessionId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.core.BaseConnection;
import org.postgresql.util.HostSpec;

/** One connection to a server, held for the length of a goal. Not for several threads at once. */
public final class Server implements AutoCloseable {

  /** Roles that only a managed service has. */
  private static final List<String> PROVIDER_ROLES =
      List.of("rds_superuser", "cloudsqlsuperuser", "azure_pg_admin", "alloydbsuperuser");

  /** Something to ask or tell the server. */
  public interface Work<T> {
    T on(Connection connection) throws SQLException;
  }

  private Connection connection;
  private ServerInfo info;
  private @Nullable DatabaseInfo target;
  private final ServerConnector connector;
  private final List<HostAddress> hosts;

  /** Further connections that end with this one at the latest. */
  private final List<Server> sidelines = new ArrayList<>();

  /** The one of them that sees what our own transaction hides from us; null as long as none is. */
  private @Nullable Server witness;

  private boolean closed;

  private Server(
      Connection connection,
      ServerInfo info,
      @Nullable DatabaseInfo target,
      ServerConnector connector,
      List<HostAddress> hosts) {
    this.connection = connection;
    this.info = info;
    this.target = target;
    this.connector = connector;
    this.hosts = hosts;
  }

  /** Takes over a fresh connection: makes its behaviour ours and learns about the server. */
  static Server on(
      Connection connection,
      ConnectionSettings settings,
      ServerConnector connector,
      SameServer server)
      throws SQLException {
    prepare(connection);
    SessionId self = null;
    if (settings.role() != null) {
      // after SET ROLE the server may hide from us when our own session began
      self = self(connection, settings);
      become(connection, settings.role());
    }
    Server fresh = learn(connection, settings, connector, self);
    server.require(fresh.info);
    // from here on: with a pooler between us and the server, names of statements could collide
    connection.unwrap(PGConnection.class).setPrepareThreshold(1);
    OwnSessions.opened(fresh.info.self());
    return fresh;
  }

  /** Which of the connection's hosts answered; the driver may have tried several. */
  public HostAddress host() {
    return run(connection -> dialled(connection, hosts));
  }

  private static HostAddress dialled(Connection connection, List<HostAddress> hosts)
      throws SQLException {
    if (hosts.size() == 1) {
      return hosts.get(0);
    }
    HostSpec dialled = connection.unwrap(BaseConnection.class).getQueryExecutor().getHostSpec();
    return hosts.stream()
        .filter(host -> host.handle().equals(dialled.getHost()))
        .filter(host -> host.port() == dialled.getPort())
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("the driver dialled " + dialled));
  }

  /** Where sessions are that this connection shows. */
  public Node node() {
    return info.self().node();
  }

  /** The timeline of a primary, higher after each promotion. */
  public long timeline() {
    return run(c ->
            Rows.query(
                c,
                Sql.named("core/timeline"),
                row -> Long.parseLong(row.getString("timeline"), 16)))
        .get(0);
  }

  /** Which of these roles there are. */
  public Set<String> existingRoles(Collection<String> names) {
    return names.isEmpty()
        ? Set.of()
        : Set.copyOf(
            run(
                c ->
                    Rows.query(
                        c,
                        Sql.named("core/role-oids"),
                        statement -> statement.set("names", "text", names),
                        row -> row.getString("name"))));
  }

  /** Whether that role may do everything. */
  public boolean isSuperuser(String role) {
    return run(c ->
            Rows.query(
                c,
                Sql.named("core/is-superuser"),
                statement -> statement.set("role", role),
                row -> row.getBoolean("superuser")))
        .contains(true);
  }

  /** The role that logged in; {@code ServerInfo.role} is the one that it became, if any. */
  public String loginRole() {
    return run(c -> Rows.query(c, Sql.named("core/login-role"), row -> row.getString("role")))
        .get(0);
  }

  /** What the server said of itself when we connected. */
  public ServerInfo info() {
    return info;
  }

  /**
   * The database that the connection's settings name, as it was when we connected; empty when there
   * was none.
   */
  public Optional<DatabaseInfo> target() {
    return Optional.ofNullable(target);
  }

  /** The database of this name now; empty when there is none. */
  public Optional<DatabaseInfo> findDatabase(String name) {
    List<DatabaseInfo> found =
        run(
            c ->
                Rows.query(
                    c,
                    Sql.named("core/find-database"),
                    statement -> statement.set("name", name),
                    Server::database));
    return found.stream().findFirst();
  }

  private static DatabaseInfo database(ResultSet row) throws SQLException {
    return new DatabaseInfo(
        row.getLong("oid"), row.getString("name"), row.getString("protected_by"));
  }

  /** Whether a new connection of our login role to this database is let in. */
  public boolean letsIn(String database) {
    return run(unused -> connector().letsIn(database));
  }

  /** A session for statements of the build's own, beside this one. */
  public ScriptSession script(String database) {
    return connector().openScript(database);
  }

  /** Names of the databases one may have meant. */
  public List<String> databaseNames() {
    return run(c -> Rows.query(c, Sql.named("core/database-names"), row -> row.getString("name")));
  }

  /** Names of all roles. */
  public List<String> roleNames() {
    return run(c -> Rows.query(c, Sql.named("core/role-names"), row -> row.getString("name")));
  }

  /**
   * One more connection to the maintenance database of the same server, for what this one cannot do
   * at the same time. It ends with this one at the latest.
   *
   * @throws AnotherServer when another server answers, or the same one started anew, or not the
   *     primary
   */
  public Server beside() {
    return sideline(connector().connect());
  }

  /**
   * One more connection to the same server, into that database, for what {@code holdingLocksOn}
   * names there. It ends with this one at the latest.
   *
   * @throws PgkillFailure when the server does not let us in there
   */
  public Server besideIn(DatabaseInfo database) {
    return sideline(connector().into(database.name()));
  }

  /**
   * One more connection to the same server, into that database; whoever asked for it ends it.
   *
   * @throws PgkillException when the server does not let us in there, or another one answers
   */
  public Server inside(DatabaseInfo database) {
    return connector().through(List.of(database.name())).connect();
  }

  /**
   * Dials once more, for whoever lets a program connect.
   *
   * @throws AnotherServer when the address does not lead to the same server any more
   */
  public void requireStill() {
    connector().connect().close();
  }

  /** For further connections: of several hosts the one that answered. */
  private ServerConnector connector() {
    return connector.at(host());
  }

  /**
   * A further connection that is never in a transaction: it sees what others have committed where
   * our own transaction sees its own changes. One is kept for as long as it lives.
   */
  public Server witness() {
    if (witness != null && witness.answers()) {
      return witness;
    }
    Server fresh = beside();
    witness = fresh;
    return fresh;
  }

  private boolean answers() {
    try {
      ping();
      return true;
    } catch (PgkillException e) {
      close();
      return false;
    }
  }

  private Server sideline(Server further) {
    sidelines.add(further);
    return further;
  }

  /**
   * Connects anew after the server has ended every session, ours too, and waits while it recovers.
   * What only a session holds, such as an advisory lock, is lost.
   *
   * @throws PgkillException when it accepts no connection within that time
   * @throws AnotherServer when another one answers in its place
   */
  public void reconnect(Duration atMost) {
    OwnSessions.closed(info.self());
    forget();
    Server fresh = connector().connectAgain(atMost);
    connection = fresh.connection;
    info = fresh.info;
    target = fresh.target;
  }

  private void forget() {
    try {
      connection.close();
    } catch (SQLException e) {
      // the server has closed it already
    }
  }

  /** Both ends of our connection as the server sees them; empty over a Unix socket. */
  public Optional<ConnectionEnds> line() {
    return run(
        c ->
            Rows.query(
                    c,
                    Sql.named("core/own-endpoint"),
                    row -> line(row.getString("client_address"), row))
                .get(0));
  }

  private static Optional<ConnectionEnds> line(@Nullable String address, ResultSet row)
      throws SQLException {
    int clientPort = row.getInt("client_port");
    int serverPort = row.getInt("server_port");
    return address == null
        ? Optional.empty()
        : Endpoint.of(address, clientPort).map(client -> new ConnectionEnds(client, serverPort));
  }

  /** Asks for a sign of life. */
  public void ping() {
    run(c -> Rows.query(c, Sql.named("core/current-role"), row -> true));
  }

  /** Ends the connection; a goal that is done has nothing left to lose by it. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      sidelines.forEach(Server::close);
      connection.close();
    } catch (SQLException e) {
      throw lost(e);
    } finally {
      OwnSessions.closed(info.self());
    }
  }

  /**
   * Breaks the connection off under whoever is using it; the server ends the session as soon as it
   * has done what it was told last.
   */
  public void abort() {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      throw lost(e);
    }
  }

  /** Runs one piece of work and tells its failure in our terms. */
  public <T> T run(Work<T> work) {
    try {
      return work.on(connection);
    } catch (SQLException e) {
      throw lost(e);
    }
  }

  public void checkPattern(String parameter, String pattern) {
    try {
      Rows.query(
          connection,
          Sql.named("core/check-pattern"),
          statement -> statement.set("pattern", pattern),
          row -> row.getBoolean(1));
    } catch (SQLException e) {
      if (SqlStates.INVALID_REGULAR_EXPRESSION.equals(e.getSQLState())) {
        throw new InvalidParameter(
            parameter,
            "'" + pattern + "': " + ServerMessages.of(e),
            "Write one of PostgreSQL's regular expressions (documentation, section 9.7.3).");
      }
      throw lost(e);
    }
  }

  public static PgkillError connectionLost(SQLException e) {
    return connectionLost("the server", e);
  }

  private static PgkillError connectionLost(String where, SQLException e) {
    return new PgkillError(
        "the connection to " + where + " was lost: " + ServerMessages.of(e),
        "Was the server restarted, or did somebody terminate our session? Run the goal again.",
        e);
  }

  private RuntimeException lost(SQLException e) {
    String where = node().amongOthers() ? "node " + node() : "the server";
    String state = String.valueOf(e.getSQLState());
    if (SqlStates.lost(state)) {
      return connectionLost(where, e);
    }
    if (SqlStates.QUERY_CANCELED.equals(state)) {
      return new PgkillError(
          where + " did not answer in time: " + ServerMessages.of(e),
          "Is the server overloaded? Run the goal again.",
          e);
    }
    if (SqlStates.INSUFFICIENT_PRIVILEGE.equals(state)) {
      return new PgkillFailure(
          where + " refused a statement: " + ServerMessages.of(e),
          "Connect as another role (user or role).",
          e);
    }
    return new PgkillError(
        where + " refused a statement: " + ServerMessages.of(e) + " (SQLSTATE " + state + ")",
        null,
        e);
  }

  private static void prepare(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(Sql.named("core/prepare-connection").text());
    }
    ServerEncoding.settle(connection);
  }

  static SessionId self(Connection connection, ConnectionSettings settings) throws SQLException {
    Node node = settings.node(dialled(connection, settings.hosts()));
    Optional<SessionId> self = ownSession(connection, node);
    if (self.isEmpty()) {
      // the role's own settings have made another one of it, from which the server hides it
      try (var statement = connection.createStatement()) {
        statement.execute("set role none");
        self = ownSession(connection, node);
        statement.execute("reset role");
      }
    }
    return self.orElseThrow(() -> new IllegalStateException("the server hides us from ourselves"));
  }

  private static Optional<SessionId> ownSession(Connection connection, Node node)
      throws SQLException {
    return Rows.query(connection, Sql.named("core/own-session"), row -> session(row, node)).get(0);
  }

  static void become(Connection connection, String role) throws SQLException {
    try {
      Rows.query(
          connection,
          Sql.named("core/set-role"),
          statement -> statement.set("role", role),
          r -> true);
    } catch (SQLException e) {
      // not for the connector, which would try another database and blame that
      throw new PgkillFailure(
          ServerMessages.of(e), "Set -Dpgkill.role to a role that this user may become.", e);
    }
  }

  private static Server learn(
      Connection connection,
      ConnectionSettings settings,
      ServerConnector connector,
      @Nullable SessionId self)
      throws SQLException {
    try {
      return learn(connection, settings, connector, self, Map.of());
    } catch (SQLException e) {
      if (!SqlStates.INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())) {
        throw e;
      }
      // each database may keep it from us
      return learn(
          connection,
          settings,
          connector,
          self,
          Map.of("core/system-identifier", "select null::text"));
    }
  }

  private static Server learn(
      Connection connection,
      ConnectionSettings settings,
      ServerConnector connector,
      @Nullable SessionId self,
      Map<String, String> instead)
      throws SQLException {
    int announced = connection.unwrap(PGConnection.class).getBackendPID();
    Node node = settings.node(dialled(connection, settings.hosts()));
    Optional<Server> learned =
        Rows.query(
                connection,
                Sql.named("core/server-info", instead),
                statement -> {
                  statement.set("provider_roles", "text", PROVIDER_ROLES);
                  statement.set("name", settings.database());
                },
                row -> {
                  Optional<SessionId> own = self == null ? session(row, node) : Optional.of(self);
                  return own.isEmpty()
                      ? Optional.<Server>empty()
                      : Optional.of(
                          new Server(
                              connection,
                              info(row, announced, own.get()),
                              row.getString("name") == null ? null : database(row),
                              connector,
                              settings.hosts()));
                })
            .get(0);
    return learned.isPresent()
        ? learned.get()
        : learn(connection, settings, connector, self(connection, settings), instead);
  }

  /** Empty where the role's own settings have made another one of it, which may not see us. */
  private static Optional<SessionId> session(ResultSet row, Node node) throws SQLException {
    int pid = row.getInt("pid");
    return Optional.ofNullable(row.getString("backend_start"))
        .map(start -> new SessionId(node, pid, start));
  }

  private static ServerInfo info(ResultSet row, int announced, SessionId self) throws SQLException {
    Duration upTime = Rows.millis(row, "up_time");
    return new ServerInfo(
        row.getString("version"),
        row.getInt("version_number"),
        row.getString("system_identifier"),
        row.getBoolean("standby"),
        Rows.strings(row, "provider_roles"),
        row.getInt("standbys"),
        row.getInt("inactive_slots"),
        // a pooler hands every client a key of its own and lends it whichever backend is free
        announced != self.pid(),
        self,
        row.getString("role"),
        row.getString("connected_to"),
        row.getBoolean("sees_all_sessions"),
        row.getBoolean("signals_others"),
        row.getInt("query_size"),
        row.getString("started_at"),
        upTime == null ? Duration.ZERO : upTime);
  }

  static @Nullable String systemIdentifier(Connection connection) throws SQLException {
    try {
      List<String> rows =
          Rows.query(connection, Sql.named("core/system-identifier"), row -> row.getString(1));
      return rows.isEmpty() ? null : rows.get(0);
    } catch (SQLException e) {
      if (SqlStates.INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())) {
        return null;
      }
      throw e;
    }
  }
}
