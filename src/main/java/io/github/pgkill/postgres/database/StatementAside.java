package io.github.pgkill.postgres.database;

import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.postgres.core.BoundStatement;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One statement that may take long and cannot be in a transaction: it runs on a thread and a
 * connection of its own, so that others can see how it fares.
 *
 * @param <T> how it may end
 */
final class StatementAside<T> {

  /** What a refusal by the server means. */
  interface Refusal<T> {
    /**
     * Tells how the statement ended.
     *
     * @throws SQLException what nobody expected
     */
    T of(SQLException e) throws SQLException;
  }

  private final Server server;
  private final String name;
  private final CompletableFuture<T> result;
  private volatile @Nullable Statement running;

  private StatementAside(Server server, String name, String sql, T done, Refusal<T> refusal) {
    this.server = server;
    this.name = name;
    this.result =
        CompletableFuture.supplyAsync(
            () -> server.run(connection -> execute(connection, sql, done, refusal)), this::aside);
  }

  /**
   * Issues it.
   *
   * @param server a connection for nothing else
   * @param name what is done, in a word
   * @param timeouts the statement that bounds it, beside the driver, which does not
   * @param values of that statement
   */
  static <T> StatementAside<T> start(
      Server server,
      String name,
      Sql timeouts,
      BoundStatement.Binder values,
      String sql,
      T done,
      Refusal<T> refusal) {
    server.run(
        connection -> {
          connection.setNetworkTimeout(Runnable::run, 0);
          return Rows.query(connection, timeouts, values, row -> true);
        });
    return new StatementAside<>(server, name, sql, done, refusal);
  }

  /** How it ended; empty while it runs. */
  Optional<T> await(Duration atMost) {
    try {
      return Optional.of(result.get(atMost.toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException e) {
      return Optional.empty();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof PgkillException failure) {
        throw failure;
      }
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PgkillError("interrupted while waiting for " + name, null, e);
    }
  }

  /**
   * Returns when it has ended, in whichever way, or when the time is over.
   *
   * @throws InterruptedException when this thread is interrupted meanwhile
   */
  void awaitEnd(Duration atMost) throws InterruptedException {
    try {
      result.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      // ended, or not yet
    }
  }

  /** Whether it has ended, in whichever way. */
  boolean hasEnded() {
    return result.isDone();
  }

  /**
   * Asks the server to cancel it, if it runs.
   *
   * @throws SQLException when the server cannot be asked
   */
  void cancel() throws SQLException {
    Statement now = running;
    if (now != null) {
      now.cancel();
    }
  }

  /** Ends the connection, once the statement has ended: until then both are left alone. */
  void closeWhenEnded() {
    result.whenComplete((value, failure) -> server.close());
  }

  private void aside(Runnable work) {
    Thread thread = new Thread(work, "pgkill: " + name);
    thread.setDaemon(true);
    thread.start();
  }

  private T execute(Connection connection, String sql, T done, Refusal<T> refusal)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      running = statement;
      statement.execute(sql);
      return done;
    } catch (SQLException e) {
      return refusal.of(e);
    } finally {
      running = null;
    }
  }
}
