package io.github.pgkill.postgres.database;

import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerMessages;
import io.github.pgkill.postgres.core.Sql;
import io.github.pgkill.postgres.core.SqlStates;
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
 * One CREATE DATABASE that copies another database, aside on a connection of its own. Other than
 * DROP DATABASE it may be cancelled at any moment: the server then removes what it has copied.
 */
public final class CopyStatement implements AutoCloseable {

  private static final Duration AGAIN = Duration.ofMillis(100);

  /** How long the server may take to clean up, less than the end of the process may be held up. */
  private static final Duration CLEANING = Duration.ofSeconds(6);

  /** What the server's own bound is beyond ours, which tells why. */
  private static final Duration BEYOND = Duration.ofSeconds(10);

  private final Server server;
  private final CompletableFuture<CopyResult> result;
  private volatile @Nullable Statement running;

  private CopyStatement(Server server, String sql) {
    this.server = server;
    this.result =
        CompletableFuture.supplyAsync(
            () -> server.run(connection -> execute(connection, sql)), CopyStatement::aside);
  }

  /**
   * Issues it.
   *
   * @param server a connection for nothing else; it is closed with this
   * @param most how long it may take
   */
  public static CopyStatement start(Server server, String sql, Duration most) {
    String bound = most.plus(BEYOND).toMillis() + "ms";
    server.run(
        connection -> {
          connection.setNetworkTimeout(Runnable::run, 0);
          return Rows.query(
              connection,
              Sql.named("database/copy-timeouts"),
              statement -> statement.set("most", bound),
              row -> true);
        });
    return new CopyStatement(server, sql);
  }

  /** How it ended; empty while it runs. */
  public Optional<CopyResult> await(Duration atMost) {
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
      throw new PgkillError("interrupted while a database was copied", null, e);
    }
  }

  /** Cancels it, if it still runs, and waits until the server has removed what it made. */
  public void cancel() {
    boolean interrupted = Thread.interrupted();
    Stopwatch waited = new Stopwatch();
    while (!result.isDone() && waited.elapsed().compareTo(CLEANING) < 0) {
      try {
        Statement now = running;
        if (now != null) {
          now.cancel();
        }
        result.get(AGAIN.toMillis(), TimeUnit.MILLISECONDS);
      } catch (ExecutionException | TimeoutException e) {
        // ended, or not yet
      } catch (SQLException e) {
        // nobody is there to be told; the server ends it by itself, or bounds it
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Cancels it, if it still runs, and ends the connection. */
  @Override
  public void close() {
    cancel();
    result.whenComplete((copied, failure) -> server.close());
  }

  private static void aside(Runnable work) {
    Thread thread = new Thread(work, "pgkill-copy");
    thread.setDaemon(true);
    thread.start();
  }

  private CopyResult execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      running = statement;
      statement.execute(sql);
      return new CopyResult.Copied();
    } catch (SQLException e) {
      String state = String.valueOf(e.getSQLState());
      return switch (state) {
        case SqlStates.OBJECT_IN_USE -> new CopyResult.NotYet(ServerMessages.of(e), true);
        case SqlStates.LOCK_NOT_AVAILABLE -> new CopyResult.NotYet(ServerMessages.of(e), false);
        case SqlStates.QUERY_CANCELED -> new CopyResult.Cancelled();
        default -> throw e;
      };
    } finally {
      running = null;
    }
  }
}
