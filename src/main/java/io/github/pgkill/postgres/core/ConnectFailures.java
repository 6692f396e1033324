package io.github.pgkill.postgres.core;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.failure.Unreachable;
import io.github.pgkill.model.value.Durations;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.FileSystemException;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;

/** Tells in one line why we could not connect, and what to do about it. */
final class ConnectFailures {

  private static final String PEER =
      " By peer the operating system's user gets in as the role of the same name, or as those that a"
          + " map in pg_ident.conf allows.";

  private ConnectFailures() {}

  /**
   * Whether the reason may pass by itself while a server is starting. Before it listens, its name
   * may be unknown, its address lead nowhere, and a proxy in front of it (docker's) accept and hang
   * up.
   *
   * @param took how long the attempt took
   */
  static boolean mayPass(SQLException e, ConnectionSettings settings, Duration took) {
    if (cause(e, SSLException.class) != null) {
      return false;
    }
    return SqlStates.CANNOT_CONNECT_NOW.equals(e.getSQLState())
        || cause(e, SocketException.class) != null
        || cause(e, UnknownHostException.class) != null
        || cause(e, EOFException.class) != null
        || cause(e, SocketTimeoutException.class) != null
        || givenUp(e, settings, took);
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
          "unknown host: " + unknown.getMessage(),
          waited(settings)
              ? "Check the host's name in the URL, and that the server's container has that name in"
                  + " this one's network."
              : "Check the host's name in the URL. -Dpgkill.waitForServer=30s waits for a server"
                  + " whose name is not known yet.",
          e);
    }
    SocketException refused = cause(e, SocketException.class);
    if (refused != null && settings.hosts().stream().allMatch(HostAddress::unixSocket)) {
      Optional<PgkillException> socket =
          UnixSocketFailures.explain(e, refused, settings, waited(settings));
      if (socket.isPresent()) {
        return socket.get();
      }
    }
    if (cause(e, ConnectException.class) != null) {
      return new Unreachable(
          "connection to " + server + " refused",
          "Is the server running there, and does it listen on TCP? "
              + (waited(settings)
                  ? "Look at its own log, and ask it: " + isReady(settings)
                  : "-Dpgkill.waitForServer=30s waits for one that is starting."),
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
              + " own log tells why."
              + (waited(settings)
                  ? ""
                  : " -Dpgkill.waitForServer=30s waits for one that is starting behind a proxy."),
          e);
    }
    if (cause(e, FileNotFoundException.class) != null
        || cause(e, FileSystemException.class) != null
        || cause(e, GeneralSecurityException.class) != null) {
      return new PgkillFailure(
          "TLS with " + server + " cannot be set up here: " + e.getMessage(),
          "sslmode verify-ca and verify-full, which ssl=true stands for, check the server by a root"
              + " certificate: name its file by sslrootcert in the URL, or put it where the message"
              + " says. sslmode=require encrypts without checking who answers.",
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
    if (tlsRefused(e)) {
      return new PgkillFailure(
          "TLS with " + settings.server() + " failed: " + message,
          "Let the server offer TLS (ssl = on), or leave ssl and sslmode out of the URL.",
          e);
    }
    String origin = settings.origins().get("user");
    return switch (String.valueOf(e.getSQLState())) {
      case SqlStates.CANNOT_CONNECT_NOW ->
          new Unreachable(
              "the server does not accept connections now: " + message,
              waited(settings)
                  ? "Its own log tells what keeps it; a recovery may take longer than waitForServer."
                  : "-Dpgkill.waitForServer=30s waits while it is starting.",
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
                  + ") and the server's pg_hba.conf."
                  + (message.startsWith("Peer ") || message.startsWith("peer ") ? PEER : ""),
              e);
      case SqlStates.INVALID_DATABASE, SqlStates.NOT_ACCEPTING, SqlStates.INSUFFICIENT_PRIVILEGE ->
          new PgkillFailure(
              message + " (tried " + String.join(", ", settings.maintenanceDatabases()) + ")",
              "Name a database that user "
                  + settings.user()
                  + " may connect to: -Dpgkill.maintenanceDatabase=...",
              e);
      case SqlStates.TOO_MANY_CONNECTIONS -> noSlot(e, message, settings);
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

  private static Unreachable noSlot(SQLException e, String message, ConnectionSettings settings) {
    String ofServer =
        "superuser_reserved_connections keeps some for superusers, and from PostgreSQL 16"
            + " reserved_connections some for members of pg_use_reserved_connections: connect as"
            + " one of those.";
    String ofRole =
        Ddl.of("ALTER ROLE %I CONNECTION LIMIT ...;", settings.user())
            + " raises it (rolconnlimit); or connect as another role.";
    String ofDatabase =
        "ALTER DATABASE ... CONNECTION LIMIT raises it (datconnlimit); or connect by way of"
            + " another one (-Dpgkill.maintenanceDatabase=...). A limit of 0 may be a lockout: mvn"
            + " pgkill:restore-connect";
    return ConnectionLimit.of(e)
        .map(
            limit ->
                switch (limit) {
                  case SERVER ->
                      Unreachable.allSlotsTaken(
                          "no slot of the server is left for user "
                              + settings.user()
                              + ": "
                              + message,
                          "All slots are taken (max_connections). " + ofServer,
                          e);
                  case ROLE ->
                      Unreachable.allSlotsTaken(
                          "user " + settings.user() + " has as many sessions as it may: " + message,
                          "The role's own limit is reached. " + ofRole,
                          e);
                  case DATABASE ->
                      Unreachable.allSlotsTaken(
                          "the database has as many sessions as it may: "
                              + message
                              + " (tried "
                              + String.join(", ", settings.maintenanceDatabases())
                              + ")",
                          "The database's own limit is reached. " + ofDatabase,
                          e);
                })
        .orElseGet(
            () ->
                Unreachable.allSlotsTaken(
                    "too many connections: " + message,
                    "One of three limits is reached. The server's (max_connections): "
                        + ofServer
                        + " The role's: "
                        + ofRole
                        + " The database's: "
                        + ofDatabase,
                    e));
  }

  /** The server, or something in front of it, answers that it has no TLS. */
  private static boolean tlsRefused(SQLException e) {
    return SqlStates.REJECTED.equals(e.getSQLState())
        && !(e instanceof PSQLException said && said.getServerErrorMessage() != null)
        && String.valueOf(e.getMessage()).contains("SSL");
  }

  private static boolean waited(ConnectionSettings settings) {
    return !settings.waitForServer().isZero();
  }

  private static String isReady(ConnectionSettings settings) {
    HostAddress host = settings.hosts().get(0);
    return "pg_isready -h " + host.dialled() + " -p " + host.port();
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
