package io.github.pgkill.postgres.database;

import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Server;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/**
 * A connection that holds a database as it is while another one does what cannot be in a
 * transaction. What it writes is never committed.
 */
abstract class UncommittedHold implements AutoCloseable {

  final Server server;
  final DatabaseInfo database;
  private boolean held;

  /**
   * Nothing is held yet.
   *
   * @param server a connection for nothing else; it is not closed here
   */
  UncommittedHold(Server server, DatabaseInfo database) {
    this.server = server;
    this.database = database;
  }

  /**
   * Takes hold of it, unless somebody else is in the way.
   *
   * @return empty when it is held; else who or what holds it up, in words
   * @throws PgkillFailure when the name leads to another database by now, or to none
   */
  public final Optional<String> take(Duration atMost) {
    return server.run(
        connection -> {
          connection.setAutoCommit(false);
          held = true;
          boolean taken = false;
          try {
            NameLock.begin(connection);
            NameLock.patience(connection, atMost);
            Optional<String> heldUp = take(connection);
            taken = heldUp.isEmpty();
            return heldUp;
          } finally {
            if (!taken) {
              end(connection);
            }
          }
        });
  }

  /** What keeps others out, in a transaction that was begun; it ends where that fails. */
  abstract Optional<String> take(Connection connection) throws SQLException;

  /** Lets go of it. */
  public final void release() {
    if (held) {
      server.run(
          connection -> {
            end(connection);
            return true;
          });
    }
  }

  final void end(Connection connection) throws SQLException {
    held = false;
    if (!connection.getAutoCommit()) {
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }

  /** The same, at the end of all attempts. */
  @Override
  public final void close() {
    try {
      release();
    } catch (PgkillError e) {
      // a lost connection has let go by itself
    }
  }
}
