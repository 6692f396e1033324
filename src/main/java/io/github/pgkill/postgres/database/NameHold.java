package io.github.pgkill.postgres.database;

import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.Sql;
import io.github.pgkill.postgres.core.SqlStates;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/**
 * A connection that holds a database's name where it is while another one does what cannot be in a
 * transaction. What it writes is never committed.
 */
public final class NameHold implements AutoCloseable {

  /** Seen by nobody but the server's log, and by whoever waits for our lock. */
  private static final String NEVER_COMMITTED =
      "held by pgkill, which makes sure that this is still the database that it looked at";

  private final Server server;
  private final DatabaseInfo database;
  private boolean held;

  /**
   * Nothing is held yet.
   *
   * @param server a connection for nothing else; it is not closed here
   */
  public NameHold(Server server, DatabaseInfo database) {
    this.server = server;
    this.database = database;
  }

  /**
   * Takes hold of the name, unless somebody else has hold of the database or waits for it.
   *
   * @return empty when it is held; else who holds it up, in words
   * @throws PgkillFailure when the name leads to another database by now, or to none
   */
  public Optional<String> take(Duration atMost) {
    return server.run(
        connection -> {
          connection.setAutoCommit(false);
          held = true;
          boolean taken = false;
          try {
            Optional<String> heldUp = take(connection, atMost);
            taken = heldUp.isEmpty();
            return heldUp;
          } finally {
            if (!taken) {
              end(connection);
            }
          }
        });
  }

  private Optional<String> take(Connection connection, Duration atMost) throws SQLException {
    try {
      NameLock.begin(connection);
      NameLock.patience(connection, atMost);
      NameLock.take(connection, database, NEVER_COMMITTED);
    } catch (SQLException e) {
      end(connection);
      if (!SqlStates.LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
        // another database may have the name, and another owner
        NameLock.require(connection, database);
        throw e;
      }
      return Optional.of(
          NameLock.others(connection, database, false).orElse("somebody had a lock on it"));
    }
    // who waits would be ahead of us in the queue
    return NameLock.others(connection, database, true);
  }

  /** Whether that backend gets its lock on the database as soon as we {@link #release} ours. */
  public boolean isAllThatHoldsUp(int pid) {
    return server
        .run(
            connection ->
                Rows.query(
                    connection,
                    Sql.named("database/drop-is-next"),
                    statement -> statement.set("pid", pid),
                    row -> row.getBoolean("next")))
        .contains(true);
  }

  /** Who else has hold of the database or waits for it, in words; empty when nobody does. */
  public Optional<String> heldUp() {
    return server.run(connection -> NameLock.others(connection, database, false));
  }

  /** Lets go of the name. */
  public void release() {
    if (held) {
      server.run(
          connection -> {
            end(connection);
            return true;
          });
    }
  }

  private void end(Connection connection) throws SQLException {
    held = false;
    if (!connection.getAutoCommit()) {
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }

  /** The same, at the end of all attempts. */
  @Override
  public void close() {
    try {
      release();
    } catch (PgkillError e) {
      // a lost connection has let go by itself
    }
  }
}
