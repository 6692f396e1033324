package io.github.pgkill.postgres.sessions;

import io.github.pgkill.model.ClientAddress;
import io.github.pgkill.model.Endpoint;
import io.github.pgkill.model.NamePattern;
import io.github.pgkill.model.SessionFilter;
import io.github.pgkill.model.SessionId;
import io.github.pgkill.postgres.core.Rows;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/** Binds a filter to the parameters of {@code matching-sessions.sql}, in their order. */
final class FilterBinding {

  /** Number of parameters of the fragment; those of the statement around it follow. */
  static final int PARAMETERS = 31;

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

  FilterBinding(long database, SessionFilter filter, List<SessionId> own, LockCriteria locks) {
    this.database = database;
    this.filter = filter;
    this.own = own;
    this.locks = locks;
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
    if (filter.interruptMigrations()) {
      unasked.putAll(NO_MIGRATION_RULE);
    }
    return unasked;
  }

  /** Binds everything, for one process or, with null, for all. */
  void bind(PreparedStatement statement) throws SQLException {
    statement.setNull(1, Types.INTEGER);
    statement.setLong(2, database);
    bindNames(statement);
    bindClients(statement);
    Rows.array(statement, 13, "text", filter.states());
    statement.setString(14, filter.queryPattern());
    statement.setString(15, filter.excludeQueryPattern());
    Rows.interval(statement, 16, filter.minSessionAge());
    Rows.interval(statement, 17, filter.minTransactionAge());
    Rows.interval(statement, 18, filter.minQueryAge());
    Rows.interval(statement, 19, filter.minStateAge());
    Rows.array(statement, 20, "text", filter.backendTypes());
    Rows.array(statement, 21, "int4", filter.pids());
    Rows.array(statement, 22, "int4", own.stream().map(SessionId::pid).toList());
    Rows.array(statement, 23, "text", own.stream().map(SessionId::backendStart).toList());
    Rows.array(statement, 24, "text", PROVIDER_ROLES);
    statement.setString(25, BACKUP_TOOLS);
    locks.bindObjects(statement, 26);
    Rows.array(statement, 28, "int4", locks.waited().stream().map(SessionId::pid).toList());
    Rows.array(
        statement, 29, "text", locks.waited().stream().map(SessionId::backendStart).toList());
    bindBuild(statement, Set.of());
  }

  /** Binds the client ends of this build's own sessions, after {@link #bind}. */
  static void bindBuild(PreparedStatement statement, Set<Endpoint> build) throws SQLException {
    List<Endpoint> ends = List.copyOf(build);
    Rows.array(
        statement, 30, "inet", ends.stream().map(end -> end.address().getHostAddress()).toList());
    Rows.array(statement, 31, "int4", ends.stream().map(Endpoint::port).toList());
  }

  private void bindNames(PreparedStatement statement) throws SQLException {
    Rows.array(statement, 3, "text", filter.sessionUsers());
    Rows.array(statement, 4, "text", filter.excludeSessionUsers());
    Rows.array(statement, 5, "text", exact(filter.applicationNames()));
    Rows.array(statement, 6, "text", patterns(filter.applicationNames()));
    Rows.array(statement, 7, "text", exact(filter.excludeApplicationNames()));
    Rows.array(statement, 8, "text", patterns(filter.excludeApplicationNames()));
  }

  private void bindClients(PreparedStatement statement) throws SQLException {
    Rows.array(statement, 9, "inet", blocks(filter.clientAddresses()));
    statement.setBoolean(10, filter.clientAddresses().stream().anyMatch(ClientAddress::local));
    Rows.array(statement, 11, "inet", blocks(filter.excludeClientAddresses()));
    statement.setBoolean(
        12, filter.excludeClientAddresses().stream().anyMatch(ClientAddress::local));
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
