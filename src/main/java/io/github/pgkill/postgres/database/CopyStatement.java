package io.github.pgkill.postgres.database;

import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerMessages;
import io.github.pgkill.postgres.core.Sql;
import io.github.pgkill.postgres.core.SqlStates;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

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

  private final StatementAside<CopyResult> statement;

  private CopyStatement(StatementAside<CopyResult> statement) {
    this.statement = statement;
  }

  /**
   * Issues it.
   *
   * @param server a connection for nothing else; it is closed with this
   * @param most how long it may take
   */
  public static CopyStatement start(Server server, String sql, Duration most) {
    String bound = most.plus(BEYOND).toMillis() + "ms";
    return new CopyStatement(
        StatementAside.start(
            server,
            "CREATE DATABASE",
            Sql.named("database/copy-timeouts"),
            timeouts -> timeouts.set("most", bound),
            sql,
            new CopyResult.Copied(),
            CopyStatement::refused));
  }

  /** How it ended; empty while it runs. */
  public Optional<CopyResult> await(Duration atMost) {
    return statement.await(atMost);
  }

  /** Cancels it, if it still runs, and waits until the server has removed what it made. */
  public void cancel() {
    boolean interrupted = Thread.interrupted();
    Stopwatch waited = new Stopwatch();
    while (!statement.hasEnded() && waited.elapsed().compareTo(CLEANING) < 0) {
      try {
        statement.cancel();
        statement.awaitEnd(AGAIN);
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
    statement.closeWhenEnded();
  }

  private static CopyResult refused(SQLException e) throws SQLException {
    return switch (String.valueOf(e.getSQLState())) {
      case SqlStates.OBJECT_IN_USE -> new CopyResult.NotYet(ServerMessages.of(e), true);
      case SqlStates.LOCK_NOT_AVAILABLE -> new CopyResult.NotYet(ServerMessages.of(e), false);
      case SqlStates.QUERY_CANCELED -> new CopyResult.Cancelled();
      default -> throw e;
    };
  }
}
