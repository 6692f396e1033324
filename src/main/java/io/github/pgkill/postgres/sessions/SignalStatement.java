package io.github.pgkill.postgres.sessions;

import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.SessionFilter;
import io.github.pgkill.model.SessionId;
import io.github.pgkill.postgres.core.BoundStatement;
import io.github.pgkill.postgres.core.OwnSessions;
import io.github.pgkill.postgres.core.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The statement that chooses and signals one session, kept open from victim to victim: the server
 * plans it once, and only what differs is bound again. It stays one statement per victim, executed
 * in autocommit, so that each has an outcome of its own. Ends with its connection.
 */
final class SignalStatement {

  private final Connection connection;
  private final BoundStatement statement;
  private final DatabaseInfo database;
  private final SessionFilter filter;
  private final QueryReading reading;
  private @Nullable List<SessionId> own;
  private @Nullable LockCriteria locks;

  SignalStatement(
      Connection connection,
      String name,
      DatabaseInfo database,
      SessionFilter filter,
      QueryReading reading)
      throws SQLException {
    this.connection = connection;
    this.statement = new BoundStatement(connection, sql(name, filter));
    this.database = database;
    this.filter = filter;
    this.reading = reading;
  }

  /** Whether it can be executed over that connection. */
  boolean isOf(Connection other) {
    return connection == other;
  }

  /** Whether the server signalled this identity, one value; none when it did not choose it. */
  List<Boolean> execute(SessionId id, LockCriteria criteria) throws SQLException {
    List<SessionId> open = OwnSessions.open();
    if (!open.equals(own) || locks != criteria) {
      new FilterBinding(database.oid(), filter, open, criteria, reading).bind(statement);
      own = open;
      locks = criteria;
    }
    FilterBinding.bindOne(statement, id);
    return statement.query(row -> row.getBoolean("signalled"));
  }

  static Sql sql(String name, SessionFilter filter) {
    Map<String, String> unasked = new TreeMap<>(FilterBinding.unasked(filter));
    unasked.putAll(FilterBinding.NO_MIGRATION_RULE);
    return Sql.named(name, unasked);
  }

  /** What the server said beside the answer of the last execution. */
  @Nullable SQLWarning warning() throws SQLException {
    return statement.warning();
  }
}
