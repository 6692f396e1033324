package io.github.pgkill.postgres.database;

import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.Sql;
import io.github.pgkill.postgres.core.SqlStates;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/** Holds a database's name where it is, and whoever wants a lock on the database out. */
public final class NameHold extends UncommittedHold {

  /** Seen by nobody but the server's log, and by whoever waits for our lock. */
  private static final String NEVER_COMMITTED =
      "held by pgkill, which makes sure that this is still the database that it looked at";

  /**
   * Nothing is held yet.
   *
   * @param server a connection for nothing else; it is not closed here
   */
  public NameHold(Server server, DatabaseInfo database) {
    super(server, database);
  }

  @Override
  Optional<String> take(Connection connection) throws SQLException {
    try {
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
}
