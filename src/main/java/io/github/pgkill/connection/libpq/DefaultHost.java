package io.github.pgkill.connection.libpq;

import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.model.connection.HostAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The host of a source of libpq's that names none: the first Unix socket of its port in the default
 * directories that nobody but the server's side can have put there, else localhost.
 *
 * <p>Anybody may plant a socket in {@code /tmp} and wait for a password there. So the socket has to
 * belong to root, to {@code postgres}, to the user who runs this, or, in a directory where not
 * everybody may write, to the directory's owner. A directory where everybody may write has to be
 * sticky, so that nobody can put another one in its place.
 *
 * @param name the directory, or localhost
 * @param why in words, a whole clause
 */
public record DefaultHost(String name, String why) {

  private static final Set<String> ADMINISTRATORS = Set.of("root", "postgres");

  private static final int KIND = 0170000;
  private static final int SOCKET = 0140000;
  private static final int STICKY = 01000;
  private static final int OTHERS_WRITE = 02;

  /**
   * Looks.
   *
   * @param port of the server that is meant
   */
  public static DefaultHost find(Environment environment, int port) {
    Set<String> objections = new LinkedHashSet<>();
    for (Path directory : environment.socketDirectories()) {
      Path socket = HostAddress.socketFile(directory.toString(), port);
      try {
        Optional<String> objection = objection(directory, socket, environment.osUser());
        if (objection.isEmpty()) {
          return new DefaultHost(
              directory.toString(),
              "socket " + socket + " is there and belongs to " + owner(socket));
        }
        objections.add(objection.get());
      } catch (NoSuchFileException | NotDirectoryException e) {
        continue;
      } catch (IOException e) {
        objections.add("socket " + socket + " cannot be looked at");
      }
    }
    return new DefaultHost(
        HostList.DEFAULT_HOST,
        objections.isEmpty()
            ? noSocket(port, environment.socketDirectories())
            : String.join("; ", objections));
  }

  private static String noSocket(int port, List<Path> directories) {
    return directories.isEmpty()
        ? "this system has no default directory of Unix sockets"
        : "there is no socket of port "
            + port
            + " in "
            + directories.stream().map(Path::toString).collect(Collectors.joining(" or "));
  }

  /** Why the socket is not taken; empty when it is. */
  private static Optional<String> objection(Path directory, Path socket, String osUser)
      throws IOException {
    int mode = mode(socket, LinkOption.NOFOLLOW_LINKS);
    if ((mode & KIND) != SOCKET) {
      return Optional.of(socket + " is not a socket");
    }
    // the default directories may be links themselves, as /tmp is on macOS
    int directoryMode = mode(directory);
    boolean everybodyWrites = (directoryMode & OTHERS_WRITE) != 0;
    if (everybodyWrites && (directoryMode & STICKY) == 0) {
      return Optional.of("everybody may replace what is in " + directory);
    }
    String owner = owner(socket);
    boolean trusted =
        ADMINISTRATORS.contains(owner)
            || owner.equals(osUser)
            || !everybodyWrites && owner.equals(Files.getOwner(directory).getName());
    return trusted
        ? Optional.empty()
        : Optional.of(
            "socket " + socket + " belongs to " + owner + ", who is neither root nor postgres");
  }

  private static String owner(Path socket) throws IOException {
    return Files.getOwner(socket, LinkOption.NOFOLLOW_LINKS).getName();
  }

  private static int mode(Path file, LinkOption... links) throws IOException {
    Map<String, Object> read = Files.readAttributes(file, "unix:mode", links);
    return (Integer) read.getOrDefault("mode", 0);
  }
}
