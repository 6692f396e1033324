package io.github.pgkill.postgres.sessions;

import io.github.pgkill.model.value.RelationName;
import io.github.pgkill.postgres.core.Identifiers;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerMessages;
import io.github.pgkill.postgres.core.SqlStates;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Takes the lock that DROP and most of ALTER TABLE need, in transactions that are rolled back at
 * once: nothing changes, no trigger runs, and whoever comes meanwhile waits for milliseconds.
 */
final class LockAttempt {

  /** Longer than deadlock_timeout, after which the server itself calls autovacuum off. */
  private static final String BOUND = "SET LOCAL lock_timeout = '3s'";

  /** Tables in one transaction: the server's lock table has a limited size. */
  private static final int AT_ONCE = 50;

  private static final int MOST = 500;

  private static final Set<String> KEPT =
      Set.of(SqlStates.LOCK_NOT_AVAILABLE, SqlStates.QUERY_CANCELED, SqlStates.DEADLOCK_DETECTED);

  private final Server target;

  LockAttempt(Server target) {
    this.target = target;
  }

  /** Tries it on these tables, on the first 500 if there are more. */
  LockCheck on(List<RelationName> tables) {
    return target.run(
        connection -> {
          try {
            for (String statement : statements(tables)) {
              attempt(connection, statement);
            }
            int tried = Math.min(MOST, tables.size());
            return new LockCheck.Taken(tried, tables.size() - tried);
          } catch (SQLException e) {
            return judged(e);
          }
        });
  }

  private static LockCheck judged(SQLException e) throws SQLException {
    String state = String.valueOf(e.getSQLState());
    if (KEPT.contains(state)) {
      return new LockCheck.Kept(ServerMessages.of(e));
    }
    if (state.startsWith("08") || state.startsWith("57P")) {
      throw e;
    }
    return new LockCheck.NotTried(ServerMessages.of(e));
  }

  private static void attempt(Connection connection, String lock) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute(BOUND);
      statement.execute(lock);
    } finally {
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }

  /** What is executed for these tables, each in a transaction of its own. */
  private static List<String> statements(List<RelationName> tables) {
    List<String> statements = new ArrayList<>();
    int tried = Math.min(MOST, tables.size());
    for (int i = 0; i < tried; i += AT_ONCE) {
      statements.add(
          tables.subList(i, Math.min(i + AT_ONCE, tried)).stream()
              .map(table -> "ONLY " + Identifiers.quoted(table))
              .collect(Collectors.joining(", ", "LOCK TABLE ", " IN ACCESS EXCLUSIVE MODE")));
    }
    return statements;
  }

  /** The same for people to read, and to run. */
  static List<String> shown(List<RelationName> tables) {
    return statements(tables).stream()
        .map(lock -> "BEGIN; " + BOUND + "; " + lock + "; ROLLBACK;")
        .toList();
  }
}
