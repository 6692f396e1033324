package io.github.pgkill.postgres.database;

import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.postgres.core.Ddl;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerMessages;
import io.github.pgkill.postgres.core.Sql;
import io.github.pgkill.postgres.core.SqlStates;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/**
 * One DROP DATABASE that runs aside on a connection of its own. Nothing here interrupts it: past a
 * certain point an interrupted one leaves an invalid database (PostgreSQL's dbcommands.c marks the
 * row in place before it removes files). It gives up by itself when it does not get its lock on the
 * database at once, which is before that point. WITH (FORCE) is not used: it ends sessions that
 * nobody selected, backups among them, and helps against nothing that a closed database leaves.
 */
public final class DropStatement implements AutoCloseable {

  /** More than it waits for its lock, on a busy machine too. */
  private static final Duration QUEUED = Duration.ofSeconds(2);

  private final Server server;
  private final StatementAside<DropResult> statement;

  private DropStatement(Server server, StatementAside<DropResult> statement) {
    this.server = server;
    this.statement = statement;
  }

  /**
   * Issues it.
   *
   * @param server a connection for nothing else
   */
  public static DropStatement start(Server server, DatabaseInfo database) {
    return new DropStatement(
        server,
        StatementAside.start(
            server,
            "DROP DATABASE",
            Sql.named("database/lift-timeouts"),
            none -> {},
            sql(database),
            new DropResult.Dropped(),
            DropStatement::refused));
  }

  /** The statement as a person would type it. */
  public static String statement(DatabaseInfo database) {
    return sql(database) + ";";
  }

  /** How it ended; empty while it runs. */
  public Optional<DropResult> await(Duration atMost) {
    return statement.await(atMost);
  }

  /** Whether it has ended, in whichever way. */
  public boolean ended(Duration atMost) {
    try {
      return await(atMost).isPresent();
    } catch (PgkillException e) {
      if (statement.hasEnded()) {
        return true;
      }
      throw e;
    }
  }

  /** Waits until it has given up waiting for its lock, interrupted or not. */
  public void outwait() {
    boolean interrupted = Thread.interrupted();
    try {
      statement.awaitEnd(QUEUED);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The backend that executes it. */
  public int pid() {
    return server.info().self().pid();
  }

  /** That backend's identity, for whoever outlives the connection to it. */
  public SessionId session() {
    return server.info().self();
  }

  /** Ends the connection, once the statement has ended: until then both are left alone. */
  @Override
  public void close() {
    statement.closeWhenEnded();
  }

  private static String sql(DatabaseInfo database) {
    return Ddl.of("DROP DATABASE %I", database.name());
  }

  private static DropResult refused(SQLException e) throws SQLException {
    if (SqlStates.OBJECT_IN_USE.equals(e.getSQLState())) {
      return new DropResult.InUse(ServerMessages.of(e));
    }
    if (SqlStates.INVALID_DATABASE.equals(e.getSQLState())) {
      return new DropResult.Missing();
    }
    // the latter: somebody changed the database's privileges or settings at the same moment
    if (SqlStates.LOCK_NOT_AVAILABLE.equals(e.getSQLState())
        || SqlStates.INTERNAL_ERROR.equals(e.getSQLState())) {
      return new DropResult.HeldUp(ServerMessages.of(e));
    }
    if (SqlStates.lost(e.getSQLState())) {
      return new DropResult.Lost(Server.connectionLost(e));
    }
    throw e;
  }
}
