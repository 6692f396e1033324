package io.github.pgkill.postgres.diagnose;

import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerMessages;
import io.github.pgkill.postgres.core.Sql;
import io.github.pgkill.postgres.core.SqlStates;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The locks by which migration tools keep each other out of a database. */
public final class MigrationLocks {

  /** There may be one per schema, each of them locked by somebody. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

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
                    Sql.named("diagnose/holding-flyway-lock"),
                    statement -> statement.set("database", database.oid()),
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
          List<LiquibaseLock> locks = new ArrayList<>();
          long deadline = System.nanoTime() + PATIENCE.toNanos();
          for (LiquibaseTable table : LiquibaseTable.all(connection)) {
            try {
              if (System.nanoTime() - deadline > 0) {
                throw new LiquibaseTable.Unreadable("the others took too long");
              }
              locks.addAll(read(connection, table));
            } catch (LiquibaseTable.Unreadable e) {
              unread.add(new Unread(table.quoted(), String.valueOf(e.getMessage())));
            } catch (SQLException e) {
              if (SqlStates.lost(e.getSQLState())) {
                throw e;
              }
              unread.add(new Unread(table.quoted(), ServerMessages.of(e)));
            }
          }
          return locks;
        });
  }

  private static List<LiquibaseLock> read(Connection connection, LiquibaseTable table)
      throws SQLException, LiquibaseTable.Unreadable {
    connection.setAutoCommit(false);
    try {
      return table.locks(connection);
    } finally {
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }
}
