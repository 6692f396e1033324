package io.github.pgkill.postgres.core;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.Unreachable;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Tells why nobody could be reached at a Unix socket: that is to be seen in its directory. */
final class UnixSocketFailures {

  private static final String WHERE =
      "Name the directory that the server has its socket in: psql -c 'SHOW"
          + " unix_socket_directories'; host=localhost connects by TCP.";

  private UnixSocketFailures() {}

  /**
   * The failure in the user's terms, for the first of the hosts, all of them sockets, that shows
   * one.
   *
   * @param refused what the operating system said last
   * @param waited whether it has been waited for already
   */
  static Optional<PgkillException> explain(
      SQLException e, SocketException refused, ConnectionSettings settings, boolean waited) {
    String wait = waited ? "" : " -Dpgkill.waitForServer=30s waits for one that is starting.";
    for (HostAddress host : settings.hosts()) {
      Path socket = host.socketFile();
      Path directory = Path.of(host.name());
      if (!Files.isDirectory(directory)) {
        return Optional.of(new Unreachable("there is no directory " + directory, WHERE + wait, e));
      }
      if (Files.notExists(socket)) {
        List<String> others = others(directory);
        return Optional.of(
            new Unreachable(
                "there is no socket " + socket,
                (others.isEmpty()
                        ? "There is no other one, either: is the server running? " + WHERE
                        : "There is "
                            + String.join(", ", others)
                            + ": its last digits are the port.")
                    + wait,
                e));
      }
    }
    return Optional.ofNullable(refused(e, refused, settings.server(), wait));
  }

  private static @Nullable PgkillException refused(
      SQLException e, SocketException refused, String server, String wait) {
    if (refused instanceof BindException) {
      return new Unreachable(
          "this user may not connect to the socket " + server + ": " + refused.getMessage(),
          "Its directory and the server's unix_socket_permissions and unix_socket_group say who may;"
              + " host=localhost connects by TCP.",
          e);
    }
    if (refused instanceof ConnectException) {
      return new Unreachable(
          "nobody answers at the socket " + server,
          "Is the server running? One that crashed leaves its socket behind." + wait,
          e);
    }
    return null;
  }

  private static List<String> others(Path directory) {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> sockets = Files.newDirectoryStream(directory, ".s.PGSQL.*[0-9]")) {
      sockets.forEach(socket -> names.add(socket.getFileName().toString()));
    } catch (IOException e) {
      // who may not list the directory is not told what is in it
      return List.of();
    }
    names.sort(null);
    return names;
  }
}
