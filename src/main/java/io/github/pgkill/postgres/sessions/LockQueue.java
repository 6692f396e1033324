package io.github.pgkill.postgres.sessions;

import io.github.pgkill.model.connection.Endpoint;
import io.github.pgkill.model.prepared.PreparedTransaction;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.value.NamePattern;
import io.github.pgkill.model.value.Program;
import io.github.pgkill.postgres.core.BoundStatement;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.Sql;
import io.github.pgkill.postgres.prepared.PreparedTransactions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Who waits for a lock in one database, and who keeps them waiting. */
public final class LockQueue {

  private final Server server;
  private final DatabaseInfo database;

  public LockQueue(Server server, DatabaseInfo database) {
    this.server = server;
    this.database = database;
  }

  /** Lets the server judge the regular expressions by which a program is told. */
  public void checkPatterns(String parameter, Program program) {
    program.names().stream()
        .filter(NamePattern::regex)
        .forEach(name -> server.checkPattern(parameter, name.text()));
  }

  /**
   * The sessions that a program is told by, those that wait for nothing among them.
   *
   * @param roles oids of the login roles that it has, by which its sessions are marked
   */
  public List<Waiter> sessionsOf(Program program, Collection<Long> roles) {
    return waiters(List.of(), program, true, roles);
  }

  /** The oids of those of these roles that there are, by name. */
  public Map<String, Long> oids(Collection<String> roles) {
    Map<String, Long> oids = new LinkedHashMap<>();
    query(
            "core/role-oids",
            statement -> statement.set("names", "text", roles),
            row -> Map.entry(row.getString("name"), row.getLong("oid")))
        .forEach(role -> oids.put(role.getKey(), role.getValue()));
    return oids;
  }

  /**
   * The waiting sessions of these login roles, and those whose waiting is hidden from us.
   *
   * @param program marks its sessions among them
   */
  public List<Waiter> waitersOf(Collection<String> roles, Program program) {
    return waiters(roles, program, false, List.of());
  }

  /** Those sessions and all for whom they wait, by pid. */
  public Map<Integer, LockChainMember> chain(Collection<SessionId> waiters) {
    Map<Integer, LockChainMember> chain = new LinkedHashMap<>();
    query("sessions/lock-chain", statement -> statement.setIds("waiter", waiters), this::holder)
        .forEach(holder -> chain.put(holder.pid(), holder));
    return chain;
  }

  /** The prepared transactions that keep these backends waiting. */
  public List<PreparedTransaction> preparedBlocking(Collection<Integer> pids) {
    return query(
        "sessions/prepared-blockers",
        statement -> statement.set("waiter_pids", "int4", pids),
        PreparedTransactions::shown);
  }

  /** Binds names, expressions and pids as three arrays. */
  static void bindProgram(BoundStatement statement, Program program) throws SQLException {
    statement.set("program_names", "text", texts(program, false));
    statement.set("program_patterns", "text", texts(program, true));
    statement.set("program_pids", "int4", program.pids());
  }

  private List<Waiter> waiters(
      Collection<String> roles, Program program, boolean namedOnly, Collection<Long> awaited) {
    return query(
        "sessions/program-waits",
        statement -> {
          statement.set("database", database.oid());
          statement.set("roles", "text", roles);
          bindProgram(statement, program);
          statement.set("named_only", namedOnly);
          statement.set("awaited", "oid", awaited);
        },
        this::waiter);
  }

  private static List<String> texts(Program program, boolean regex) {
    return program.names().stream()
        .filter(name -> name.regex() == regex)
        .map(NamePattern::text)
        .toList();
  }

  private <T> List<T> query(String name, BoundStatement.Binder binder, Rows.Mapper<T> mapper) {
    return server.run(connection -> Rows.query(connection, Sql.named(name), binder, mapper));
  }

  private Waiter waiter(ResultSet row) throws SQLException {
    return new Waiter(
        row.getInt("pid"),
        id(row),
        row.getString("username"),
        row.getString("application_name"),
        client(row),
        row.getBoolean("named"),
        row.getBoolean("of_roles"),
        row.getBoolean("waits"));
  }

  private LockChainMember holder(ResultSet row) throws SQLException {
    return new LockChainMember(
        row.getInt("pid"),
        id(row),
        row.getString("database"),
        row.getString("username"),
        row.getString("application_name"),
        row.getString("backend_type"),
        row.getString("state"),
        client(row),
        Rows.millis(row, "transaction_age"),
        Rows.integers(row, "blocked_by"));
  }

  private @Nullable SessionId id(ResultSet row) throws SQLException {
    String started = row.getString("started");
    return started == null ? null : new SessionId(server.node(), row.getInt("pid"), started);
  }

  private static Optional<Endpoint> client(ResultSet row) throws SQLException {
    String address = row.getString("client_address");
    return address == null ? Optional.empty() : Endpoint.of(address, row.getInt("client_port"));
  }
}
