package io.github.pgkill.postgres.sessions;

import io.github.pgkill.testing.TestServer;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.postgresql.PGConnection;

/**
 * Asks for a lock, and asks the server for whom it has to wait. Whatever it gets, it gives back.
 */
final class LockProbe implements AutoCloseable {

  private final Connection probe;
  private final Connection looker;

  LockProbe(TestServer server, String database) throws SQLException {
    probe = server.connect(database, TestServer.SUPERUSER);
    probe.setAutoCommit(false);
    looker = server.connect(database, TestServer.SUPERUSER);
  }

  /** For whom this statement has to wait at its first lock that it does not get. */
  Set<Integer> blockers(String statement) throws SQLException {
    int pid = probe.unwrap(PGConnection.class).getBackendPID();
    CompletableFuture<Void> asked = CompletableFuture.runAsync(() -> ask(statement));
    Set<Integer> blockers = new TreeSet<>();
    while (!asked.isDone() && blockers.isEmpty()) {
      blockers.addAll(blocking(pid));
      LockSupport.parkNanos(1_000_000);
    }
    while (!asked.isDone()) {
      probe.unwrap(PGConnection.class).cancelQuery();
      LockSupport.parkNanos(2_000_000);
    }
    asked.join();
    probe.rollback();
    return blockers;
  }

  private void ask(String sql) {
    try (Statement statement = probe.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      if (!"57014".equals(e.getSQLState())) {
        throw new IllegalStateException(sql, e);
      }
    }
  }

  private Set<Integer> blocking(int pid) throws SQLException {
    Set<Integer> blockers = new TreeSet<>();
    try (PreparedStatement statement = looker.prepareStatement("select pg_blocking_pids(?)")) {
      statement.setInt(1, pid);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        Array pids = row.getArray(1);
        for (Integer blocker : (Integer[]) pids.getArray()) {
          blockers.add(blocker);
        }
      }
    }
    return blockers;
  }

  @Override
  public void close() throws SQLException {
    probe.close();
    looker.close();
  }
}
