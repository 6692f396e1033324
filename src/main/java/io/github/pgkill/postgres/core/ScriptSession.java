package io.github.pgkill.postgres.core;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.text.QuerySecrets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/**
 * A session for statements that a user wrote: as the build's role and with its settings, as psql
 * would have it. It is one of ours, so that no goal of this build ends it.
 */
public final class ScriptSession implements AutoCloseable {

  /** The server's own timeout comes first; this is for a server that does not answer any more. */
  private static final long NETWORK_MILLIS = 15_000;

  private final Connection connection;
  private final SessionId self;

  private ScriptSession(Connection connection, SessionId self) {
    this.connection = connection;
    this.self = self;
  }

  /**
   * Takes over a fresh connection, once it has shown that it leads to the server that was reached
   * first: before any statement of the user's is run.
   */
  static ScriptSession on(Connection connection, ConnectionSettings settings, SameServer server)
      throws SQLException {
    // nothing of ours may be looked up in a stranger's schema, and all of theirs where they keep it
    server.require(connection);
    SessionId self = Server.self(connection, settings);
    if (settings.role() != null) {
      Server.become(connection, settings.role());
    }
    execute(connection, "reset search_path");
    OwnSessions.opened(self);
    return new ScriptSession(connection, self);
  }

  /**
   * Runs one statement to its end, in autocommit, so that a script's own BEGIN and COMMIT count.
   *
   * @param timeout how long it may take
   * @throws Refused with the server's words when it fails
   */
  public void run(String statement, Duration timeout) throws Refused {
    long millis = Math.max(1, timeout.toMillis());
    try {
      connection.setNetworkTimeout(
          Runnable::run, (int) Math.min(Integer.MAX_VALUE, millis + NETWORK_MILLIS));
      execute(connection, "set statement_timeout = " + millis);
      execute(connection, statement);
    } catch (SQLException e) {
      throw new Refused(
          QuerySecrets.masked(ServerMessages.of(e), statement)
              + " (SQLSTATE "
              + e.getSQLState()
              + ")");
    }
  }

  /**
   * A statement that failed, in the server's words. Without a cause: that one repeats what the
   * statement keeps secret.
   */
  public static final class Refused extends Exception {

    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      // question marks and braces of theirs are operators and text, never the driver's
      statement.setEscapeProcessing(false);
      statement.execute(sql);
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new PgkillError(
          "the connection for the build's own statements broke: " + ServerMessages.of(e), null, e);
    } finally {
      OwnSessions.closed(self);
    }
  }
}
