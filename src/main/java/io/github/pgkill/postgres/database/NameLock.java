package io.github.pgkill.postgres.database;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.server.DatabaseMoved;
import io.github.pgkill.postgres.core.Ddl;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Sql;
import io.github.pgkill.postgres.lockout.DatabaseHolder;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes sure inside a transaction that a database's name leads to it, and goes on doing so until
 * the transaction ends. RENAME, ALTER and DROP wait for a lock and then resolve the <em>name</em>
 * again (PostgreSQL, {@code get_db_info} in dbcommands.c); COMMENT takes a lock that keeps RENAME
 * and DROP out, and logins not.
 */
final class NameLock {

  private NameLock() {}

  /** Comes before everything else in the transaction: what it reads must be what is there now. */
  static void begin(Connection connection) throws SQLException {
    execute(connection, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
  }

  /**
   * Takes the lock.
   *
   * @param comment the database's comment from then on, if the transaction commits: a text, or the
   *     bytes of one ({@code ServerText})
   * @throws PgkillFailure when the name leads to another database by now, or to none
   */
  static void take(Connection connection, DatabaseInfo database, @Nullable Object comment)
      throws SQLException {
    // on a database that is not there it is but a warning
    execute(connection, Ddl.of("COMMENT ON DATABASE %I IS %L", database.name(), comment));
    require(connection, database);
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /**
   * Compares the name that the database has now.
   *
   * @throws PgkillFailure when it is another one, or the database is gone
   */
  static void require(Connection connection, DatabaseInfo database) throws SQLException {
    List<String> names =
        Rows.query(
            connection,
            Sql.named("database/database-still-there"),
            statement -> statement.set("database", database.oid()),
            row -> row.getString("name"));
    String name = names.isEmpty() ? null : names.get(0);
    if (!database.name().equals(name)) {
      throw new DatabaseMoved(database, name);
    }
  }

  /** How long each further statement of the transaction may wait for a lock. */
  static void patience(Connection connection, Duration atMost) throws SQLException {
    Rows.query(
        connection,
        Sql.named("database/lock-patience"),
        statement -> statement.set("patience", Math.max(1, atMost.toMillis()) + "ms"),
        row -> true);
  }

  /**
   * Who else has a lock on a database or waits for one, in words; empty when nobody does.
   *
   * @param waitingOnly leaves out those who have one
   */
  static Optional<String> others(Connection connection, DatabaseInfo database, boolean waitingOnly)
      throws SQLException {
    String words =
        DatabaseHolder.of(connection, database.oid()).stream()
            .filter(holder -> holder.waits() || !waitingOnly)
            .map(
                holder ->
                    holder.described()
                        + (holder.waits() ? " waits for a lock on" : " has a lock on")
                        + " database "
                        + database.name())
            .collect(Collectors.joining(", "));
    return words.isEmpty() ? Optional.empty() : Optional.of(words);
  }
}
