package io.github.pgkill.postgres.database;

import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerMessages;
import io.github.pgkill.postgres.core.SqlStates;
import io.github.pgkill.postgres.lockout.DatabaseClaim;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/**
 * Keeps a database from being renamed or dropped, and keeps neither a copy of it nor logins out.
 * {@link NameHold} would keep the copy out: COMMENT takes a lock on the database, and a change of
 * its row takes none.
 */
public final class TemplateHold extends UncommittedHold {

  /**
   * Nothing is held yet.
   *
   * @param server a connection for nothing else; it is not closed here
   */
  public TemplateHold(Server server, DatabaseInfo database) {
    super(server, database);
  }

  @Override
  Optional<String> take(Connection connection) throws SQLException {
    try {
      DatabaseClaim.freeze(connection, database.name());
      NameLock.require(connection, database);
      return Optional.empty();
    } catch (SQLException e) {
      end(connection);
      NameLock.require(connection, database);
      return Optional.of(heldUp(connection, e));
    }
  }

  private String heldUp(Connection connection, SQLException e) throws SQLException {
    String state = String.valueOf(e.getSQLState());
    if (!state.equals(SqlStates.LOCK_NOT_AVAILABLE) && !state.equals(SqlStates.INTERNAL_ERROR)) {
      throw e;
    }
    return NameLock.others(connection, database, false).orElse(ServerMessages.of(e));
  }
}
