package io.github.pgkill.postgres.sessions;

import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.postgres.core.BoundStatement;
import io.github.pgkill.postgres.core.OwnSessions;
import io.github.pgkill.postgres.core.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A statement that chooses and signals sessions, kept open from one execution to the next: the
 * server plans it once, and only what differs is bound again. Executed in autocommit. Ends with its
 * connection.
 */
final class SignalStatement {

  private final Connection connection;
  private final BoundStatement statement;
  private final DatabaseInfo database;
  private final SessionFilter filter;
  private final QueryReading reading;
  private @Nullable List<SessionId> own;
  private @Nullable LockCriteria locks;

  /**
   * @param runningOnly whether it leaves those out that run nothing
   */
  SignalStatement(
      Connection connection,
      Sql sql,
      DatabaseInfo database,
      SessionFilter filter,
      QueryReading reading,
      boolean runningOnly)
      throws SQLException {
    this.connection = connection;
    this.statement = new BoundStatement(connection, sql);
    this.database = database;
    this.filter = filter;
    this.reading = reading;
    statement.set("running_only", runningOnly);
  }

  /** Whether it can be executed over that connection. */
  boolean isOf(Connection other) {
    return connection == other;
  }

  /** Whether the server signalled each of these identities that it chose; others are missing. */
  Map<SessionId, Boolean> execute(List<SessionId> ids, LockCriteria criteria) throws SQLException {
    List<SessionId> open = OwnSessions.open();
    if (!open.equals(own) || locks != criteria) {
      new FilterBinding(database.oid(), filter, open, criteria, reading).bind(statement);
      own = open;
      locks = criteria;
    }
    statement.setIds("wanted", ids);
    Map<SessionId, Boolean> signalled = new HashMap<>();
    statement.query(
        row -> signalled.put(ids.get(row.getInt("place") - 1), row.getBoolean("signalled")));
    return signalled;
  }

  static Sql sql(String name, SessionFilter filter) {
    Map<String, String> unasked = new TreeMap<>(FilterBinding.unasked(filter));
    unasked.putAll(FilterBinding.NO_MIGRATION_RULE);
    return Sql.named(name, unasked);
  }
}
