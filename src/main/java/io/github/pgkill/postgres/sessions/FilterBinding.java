package io.github.pgkill.postgres.sessions;

import io.github.pgkill.model.connection.ClientAddress;
import io.github.pgkill.model.connection.Endpoint;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.value.NamePattern;
import io.github.pgkill.postgres.core.BoundStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/** Binds a filter to the parameters of {@code matching-sessions.sql}. */
final class FilterBinding {

  /** Migrations are judged when somebody looks, not again with every signal. */
  static final Map<String, String> NO_MIGRATION_RULE = Map.of("sessions/migration-rule", "null");

  /** Roles under which managed services keep sessions of their own in everybody's databases. */
  private static final List<String> PROVIDER_ROLES =
      List.of("rdsadmin", "cloudsqladmin", "azuresu", "alloydbadmin");

  /** The names that backup tools give their sessions. */
  private static final String BACKUP_TOOLS =
      "^(pg_dump|pg_dumpall|pg_basebackup|(pgbackrest|barman|wal-g)([^[:alnum:]].*)?)$";

  private final long database;
  private final SessionFilter filter;
  private final List<SessionId> own;
  private final LockCriteria locks;
  private final QueryReading reading;

  FilterBinding(
      long database,
      SessionFilter filter,
      List<SessionId> own,
      LockCriteria locks,
      QueryReading reading) {
    this.database = database;
    this.filter = filter;
    this.own = own;
    this.locks = locks;
    this.reading = reading;
  }

  /**
   * What stands in the place of conditions that this filter has no use for, because they would cost
   * time for nothing.
   */
  static Map<String, String> unasked(SessionFilter filter) {
    Map<String, String> unasked = new TreeMap<>();
    if (filter.holdingLocksOn().isEmpty()) {
      unasked.put("sessions/holding-locks", "true");
    }
    if (!filter.rootBlockersOnly()) {
      unasked.put("sessions/root-blockers", "true");
      unasked.put("sessions/waited-before", "false");
    }
    if (filter.applicationNames().isEmpty() && filter.excludeApplicationNames().isEmpty()) {
      unasked.put("sessions/naming-itself", "false");
    }
    if (filter.interruptMigrations()) {
      unasked.putAll(NO_MIGRATION_RULE);
    }
    return unasked;
  }

  /** Binds everything, for all processes. */
  void bind(BoundStatement statement) throws SQLException {
    statement.setNullInteger("pid");
    statement.set("database", database);
    statement.set("session_users", "text", filter.sessionUsers());
    statement.set("exclude_session_users", "text", filter.excludeSessionUsers());
    bindNames(statement, "", filter.applicationNames());
    bindNames(statement, "exclude_", filter.excludeApplicationNames());
    bindClients(statement, "", filter.clientAddresses());
    bindClients(statement, "exclude_", filter.excludeClientAddresses());
    statement.set("states", "text", filter.states());
    statement.set("needs_activity", filter.needsActivity());
    reading.bind(statement, filter);
    statement.set("min_session_age", filter.minSessionAge());
    statement.set("min_transaction_age", filter.minTransactionAge());
    statement.set("min_query_age", filter.minQueryAge());
    statement.set("min_state_age", filter.minStateAge());
    statement.set("backend_types", "text", filter.backendTypes());
    statement.set("pids", "int4", filter.pids());
    statement.setIds("own", own);
    statement.set("provider_roles", "text", PROVIDER_ROLES);
    statement.set("backup_tools", BACKUP_TOOLS);
    locks.bindObjects(statement);
    statement.setIds("waited", locks.waited());
    bindBuild(statement, Set.of());
  }

  /** Binds the client ends of this build's own sessions, after {@link #bind}. */
  static void bindBuild(BoundStatement statement, Set<Endpoint> build) throws SQLException {
    List<Endpoint> ends = List.copyOf(build);
    statement.set(
        "build_addresses",
        "inet",
        ends.stream().map(end -> end.address().getHostAddress()).toList());
    statement.set("build_ports", "int4", ends.stream().map(Endpoint::port).toList());
  }

  /** Binds the one session that a statement is about, after {@link #bind}. */
  static void bindOne(BoundStatement statement, SessionId id) throws SQLException {
    statement.set("pid", id.pid());
    statement.set("started", id.backendStart());
  }

  private static void bindNames(BoundStatement statement, String prefix, List<NamePattern> names)
      throws SQLException {
    statement.set(prefix + "application_names", "text", exact(names));
    statement.set(prefix + "application_patterns", "text", patterns(names));
  }

  private static void bindClients(
      BoundStatement statement, String prefix, List<ClientAddress> clients) throws SQLException {
    statement.set(prefix + "client_blocks", "inet", blocks(clients));
    statement.set(prefix + "client_local", clients.stream().anyMatch(ClientAddress::local));
  }

  private static List<String> exact(List<NamePattern> names) {
    return names.stream().filter(name -> !name.regex()).map(NamePattern::text).toList();
  }

  private static List<String> patterns(List<NamePattern> names) {
    return names.stream().filter(NamePattern::regex).map(NamePattern::text).toList();
  }

  private static List<String> blocks(List<ClientAddress> addresses) {
    return addresses.stream()
        .map(ClientAddress::block)
        .filter(Objects::nonNull)
        .map(Object::toString)
        .toList();
  }
}
