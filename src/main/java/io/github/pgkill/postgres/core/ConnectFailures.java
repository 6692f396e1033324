package io.github.pgkill.postgres.core;

import io.github.pgkill.model.ConnectionSettings;
import io.github.pgkill.model.Durations;
import io.github.pgkill.model.PgkillError;
import io.github.pgkill.model.PgkillException;
import io.github.pgkill.model.PgkillFailure;
import io.github.pgkill.model.Unreachable;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Tells in one line why we could not connect, and what to do about it. */
final class ConnectFailures {

  private ConnectFailures() {}

  /** Whether the reason may pass by itself while a server is starting. */
  static boolean mayPass(SQLException e) {
    return SqlStates.CANNOT_CONNECT_NOW.equals(e.getSQLState())
        || cause(e, ConnectException.class) != null;
  }

  /**
   * The failure in the user's terms.
   *
   * @param waited how long the attempt took
   */
  static PgkillException explain(SQLException e, ConnectionSettings settings, Duration waited) {
    PgkillException network = network(e, settings, waited);
    return network == null ? server(e, settings) : network;
  }

  private static @Nullable PgkillException network(
      SQLException e, ConnectionSettings settings, Duration waited) {
    String server = settings.server();
    UnknownHostException unknown = cause(e, UnknownHostException.class);
    if (unknown != null) {
      return new PgkillError(
          "unknown host: " + unknown.getMessage(), "Check the host's name in the URL.", e);
    }
    if (cause(e, ConnectException.class) != null) {
      return new Unreachable(
          "connection to " + server + " refused",
          "Is the server running there, and does it listen on TCP? -Dpgkill.waitForServer=30s"
              + " waits for one that is starting.",
          e);
    }
    if (cause(e, SocketTimeoutException.class) != null || givenUp(e, settings, waited)) {
      return new Unreachable(
          "no answer from " + server + " within " + Durations.format(settings.connectTimeout()),
          "Check host and port, or raise -Dpgkill.connectTimeout.",
          e);
    }
    SSLException tls = cause(e, SSLException.class);
    if (tls != null) {
      return new PgkillFailure(
          "TLS with " + server + " failed: " + tls.getMessage(),
          "Check sslmode and sslrootcert in the URL.",
          e);
    }
    if (cause(e, EOFException.class) != null) {
      return new Unreachable(
          server + " closed the connection during the login",
          "Is it a PostgreSQL server that listens there, and not a proxy without one behind it? Its"
              + " own log tells why.",
          e);
    }
    IOException other = cause(e, IOException.class);
    return other == null
        ? null
        : new Unreachable(
            "cannot reach " + server + ": " + other.getMessage(), "Check host and port.", e);
  }

  /** The driver gives up after loginTimeout without saying so in a way that can be told apart. */
  private static boolean givenUp(SQLException e, ConnectionSettings settings, Duration waited) {
    return SqlStates.UNABLE_TO_CONNECT.equals(e.getSQLState())
        && e.getCause() == null
        && waited.compareTo(settings.connectTimeout()) >= 0;
  }

  private static PgkillException server(SQLException e, ConnectionSettings settings) {
    String message = ServerMessages.of(e);
    String origin = settings.origins().get("user");
    return switch (String.valueOf(e.getSQLState())) {
      case SqlStates.CANNOT_CONNECT_NOW ->
          new Unreachable(
              "the server does not accept connections now: " + message,
              "-Dpgkill.waitForServer=30s waits while it is starting.",
              e);
      case SqlStates.INVALID_PASSWORD, SqlStates.REJECTED ->
          new PgkillFailure(
              settings.password() == null ? "no password was given: " + message : message,
              "Give the password of user "
                  + settings.user()
                  + " by serverId, PGPASSWORD or ~/.pgpass.",
              e);
      case SqlStates.INVALID_AUTHORIZATION ->
          new PgkillFailure(
              message,
              "Check user ("
                  + settings.user()
                  + (origin == null ? "" : ", from " + origin)
                  + ") and the server's pg_hba.conf.",
              e);
      case SqlStates.INVALID_DATABASE, SqlStates.NOT_ACCEPTING, SqlStates.INSUFFICIENT_PRIVILEGE ->
          new PgkillFailure(
              message + " (tried " + String.join(", ", settings.maintenanceDatabases()) + ")",
              "Name a database that user "
                  + settings.user()
                  + " may connect to: -Dpgkill.maintenanceDatabase=...",
              e);
      case SqlStates.TOO_MANY_CONNECTIONS ->
          Unreachable.allSlotsTaken(
              message,
              "All slots are taken. superuser_reserved_connections keeps some for superusers, and"
                  + " from PostgreSQL 16 reserved_connections some for members of"
                  + " pg_use_reserved_connections: connect as one of those.",
              e);
      case SqlStates.PROTOCOL_VIOLATION ->
          new PgkillFailure(
              message,
              "This looks like a connection pooler. Give the URL of the server itself.",
              e);
      default ->
          new PgkillError(
              "could not connect: " + message + " (SQLSTATE " + e.getSQLState() + ")", null, e);
    };
  }

  private static <T extends Throwable> @Nullable T cause(Throwable e, Class<T> type) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return type.cast(cause);
      }
    }
    return null;
  }
}
