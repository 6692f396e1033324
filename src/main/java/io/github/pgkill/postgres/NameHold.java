package io.github.pgkill.postgres;

import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.PgkillFailure;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A connection that holds a database's name where it is while another one does what cannot be in a
 * transaction. What it writes is never committed.
 */
public final class NameHold implements AutoCloseable {

  /** Seen by nobody but the server's log, and by whoever waits for our lock. */
  private static final String NEVER_COMMITTED =
      "held by pgkill, which makes sure that this is still the database that it looked at";

  private final Server server;
  private final DatabaseInfo database;
  private boolean held;

  /**
   * Nothing is held yet.
   *
   * @param server a connection for nothing else; it is not closed here
   */
  public NameHold(Server server, DatabaseInfo database) {
    this.server = server;
    this.database = database;
  }

  /**
   * Takes hold of the name, unless somebody else has hold of the database or waits for it.
   *
   * @return empty when it is held; else who holds it up, in words
   * @throws PgkillFailure when the name leads to another database by now, or to none
   */
  public Optional<String> take(Duration atMost) {
    return server.run(
        connection -> {
          connection.setAutoCommit(false);
          held = true;
          boolean taken = false;
          try {
            Optional<String> heldUp = take(connection, atMost);
            taken = heldUp.isEmpty();
            return heldUp;
          } finally {
            if (!taken) {
              end(connection);
            }
          }
        });
  }

  private Optional<String> take(Connection connection, Duration atMost) throws SQLException {
    try {
      NameLock.begin(connection);
      Rows.query(
          connection,
          Sql.named("lock-patience"),
          statement -> statement.setString(1, Math.max(1, atMost.toMillis()) + "ms"),
          row -> true);
      NameLock.take(connection, database, NEVER_COMMITTED);
    } catch (SQLException e) {
      if (!SqlStates.LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
        throw e;
      }
      end(connection);
      return Optional.of(heldUp(connection).orElse("somebody had a lock on it"));
    }
    // who waits would be ahead of us in the queue
    return lockers(connection, true);
  }

  /** Whether that backend gets its lock on the database as soon as we {@link #release} ours. */
  public boolean isAllThatHoldsUp(int pid) {
    return server
        .run(
            connection ->
                Rows.query(
                    connection,
                    Sql.named("drop-is-next"),
                    statement -> statement.setInt(1, pid),
                    row -> row.getBoolean("next")))
        .contains(true);
  }

  /** Who else has hold of the database or waits for it, in words; empty when nobody does. */
  public Optional<String> heldUp() {
    return server.run(this::heldUp);
  }

  private Optional<String> heldUp(Connection connection) throws SQLException {
    return lockers(connection, false);
  }

  private Optional<String> lockers(Connection connection, boolean waitingOnly)
      throws SQLException {
    List<String> words = new ArrayList<>();
    Rows.query(
        connection,
        Sql.named("database-lockers"),
        statement -> statement.setLong(1, database.oid()),
        row ->
            waitingOnly && !row.getBoolean("waits")
                ? false
                : words.add(words(Rows.integer(row, "pid"), row.getBoolean("waits"))));
    return words.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", words));
  }

  private static String words(@Nullable Integer pid, boolean waits) {
    return (pid == null ? "a prepared transaction" : "pid " + pid)
        + (waits ? " waits for a lock on it" : " has a lock on it");
  }

  /** Lets go of the name. */
  public void release() {
    if (held) {
      server.run(
          connection -> {
            end(connection);
            return true;
          });
    }
  }

  private void end(Connection connection) throws SQLException {
    held = false;
    if (!connection.getAutoCommit()) {
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }

  /** The same; a lost connection has let go by itself. */
  @Override
  public void close() {
    release();
  }
}
