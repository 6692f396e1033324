package io.github.pgkill.postgres;

import io.github.pgkill.model.DatabaseInfo;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The locks by which migration tools keep each other out of a database. */
public final class MigrationLocks {

  private final Server server;
  private final DatabaseInfo database;

  MigrationLocks(Server server, DatabaseInfo database) {
    this.server = server;
    this.database = database;
  }

  /** Processes that hold Flyway's advisory lock; it ends with them. */
  public Set<Integer> flyway() {
    return new HashSet<>(
        server.run(
            connection ->
                Rows.query(
                    connection,
                    Sql.named("flyway-locks"),
                    statement -> statement.setLong(1, database.oid()),
                    row -> row.getInt("pid"))));
  }

  /** A lock table that could not be read. */
  public record Unread(String table, String reason) {}

  /**
   * What Liquibase's lock tables say; to be asked on a connection to the database itself.
   *
   * @param unread takes the tables that could not be read
   */
  public List<LiquibaseLock> liquibase(List<Unread> unread) {
    return server.run(
        connection -> {
          Rows.query(connection, Sql.named("short-timeouts"), s -> {}, row -> true);
          List<LiquibaseLock> locks = new ArrayList<>();
          for (Table table : tables(connection)) {
            try {
              locks.addAll(read(connection, table));
            } catch (SQLException e) {
              if (!Set.of(SqlStates.LOCK_NOT_AVAILABLE, SqlStates.INSUFFICIENT_PRIVILEGE)
                  .contains(String.valueOf(e.getSQLState()))) {
                throw e;
              }
              unread.add(new Unread(table.quoted(), ServerMessages.of(e)));
            }
          }
          return locks;
        });
  }

  private record Table(String schema, String name, boolean writable) {
    String quoted() {
      return Ddl.of("%I.%I", schema, name);
    }
  }

  private static List<Table> tables(Connection connection) throws SQLException {
    return Rows.query(
        connection,
        Sql.named("liquibase-lock-tables"),
        statement -> {},
        row ->
            new Table(row.getString("schema"), row.getString("name"), row.getBoolean("writable")));
  }

  private static List<LiquibaseLock> read(Connection connection, Table table) throws SQLException {
    return Rows.query(
        connection,
        Ddl.of(Sql.named("liquibase-lock"), table.schema, table.name),
        statement -> {},
        row ->
            new LiquibaseLock(
                table.quoted(),
                row.getString("locked_by"),
                row.getString("granted"),
                Ddl.of(
                    "UPDATE %I.%I SET locked = FALSE, lockgranted = NULL, lockedby = NULL"
                        + " WHERE locked;",
                    table.schema, table.name),
                table.writable));
  }
}
