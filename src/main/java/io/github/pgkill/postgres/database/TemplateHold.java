package io.github.pgkill.postgres.database;

import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerMessages;
import io.github.pgkill.postgres.core.SqlStates;
import io.github.pgkill.postgres.lockout.DatabaseClaim;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/**
 * A connection that keeps a database from being renamed or dropped while another one copies it, and
 * keeps neither the copy nor logins out. What it writes is never committed. {@link NameHold} would
 * keep the copy out: COMMENT takes a lock on the database, and a change of its row takes none.
 */
public final class TemplateHold implements AutoCloseable {

  private final Server server;
  private final DatabaseInfo database;

  /**
   * Nothing is held yet.
   *
   * @param server a connection for nothing else; it is not closed here
   */
  public TemplateHold(Server server, DatabaseInfo database) {
    this.server = server;
    this.database = database;
  }

  /**
   * Takes hold of it, unless somebody else is about to change it.
   *
   * @return empty when it is held; else who or what holds it up, in words
   * @throws PgkillFailure when the name leads to another database by now, or to none
   */
  public Optional<String> take(Duration atMost) {
    return server.run(
        connection -> {
          connection.setAutoCommit(false);
          boolean taken = false;
          try {
            NameLock.begin(connection);
            NameLock.patience(connection, atMost);
            DatabaseClaim.freeze(connection, database.name());
            NameLock.require(connection, database);
            taken = true;
            return Optional.empty();
          } catch (SQLException e) {
            end(connection);
            NameLock.require(connection, database);
            return Optional.of(heldUp(connection, e));
          } finally {
            if (!taken) {
              end(connection);
            }
          }
        });
  }

  private String heldUp(Connection connection, SQLException e) throws SQLException {
    String state = String.valueOf(e.getSQLState());
    if (!state.equals(SqlStates.LOCK_NOT_AVAILABLE) && !state.equals(SqlStates.INTERNAL_ERROR)) {
      throw e;
    }
    return NameLock.others(connection, database, false).orElse(ServerMessages.of(e));
  }

  /** Lets go of it. */
  @Override
  public void close() {
    try {
      server.run(TemplateHold::end);
    } catch (PgkillError e) {
      // a lost connection has let go by itself
    }
  }

  private static boolean end(Connection connection) throws SQLException {
    if (!connection.getAutoCommit()) {
      connection.rollback();
      connection.setAutoCommit(true);
    }
    return true;
  }
}
