package io.github.pgkill.host.process;

import io.github.pgkill.model.InvalidParameter;
import io.github.pgkill.model.PgkillError;
import io.github.pgkill.model.PgkillFailure;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;

/**
 * One server on this machine as the {@code postmaster.pid} of its data directory describes it
 * (PostgreSQL's {@code miscadmin.h}, LOCK_FILE_LINE_*). The file outlives a server that crashed,
 * and may have been written in a container or on another machine: {@link Postmaster} proves it.
 *
 * @param dataDirectory with symbolic links resolved
 * @param pid the server's process
 * @param startedAt when that process began, in whole seconds
 * @param port where it listens
 */
public record Instance(Path dataDirectory, long pid, Instant startedAt, int port) {

  /**
   * Reads it.
   *
   * @throws PgkillFailure when no server runs there, or this user may not see
   */
  public static Instance in(String dataDirectory) {
    Path given = path(dataDirectory);
    try {
      Path directory = given.toRealPath();
      PostmasterFile file = PostmasterFile.read(directory.resolve("postmaster.pid"));
      requireOwn(directory, file.dataDirectory());
      return new Instance(directory, file.pid(), file.startedAt(), file.port());
    } catch (PostmasterFile.NotOfAServer e) {
      throw new PgkillFailure(
          given.resolve("postmaster.pid") + " is not one of a running server: " + e.getMessage(),
          "Is the server starting? Run the goal again.",
          e);
    } catch (AccessDeniedException e) {
      throw new PgkillFailure(
          "this user may not read " + e.getFile(),
          "Run the build as the operating system's user that the server runs as, or as root.",
          e);
    } catch (NoSuchFileException | NotDirectoryException e) {
      throw new PgkillFailure(
          "no server runs in data directory " + given + ": there is no " + e.getFile(),
          "Name the data directory of the server in the URL: -Dpgkill.dataDirectory=... (psql -c"
              + " 'SHOW data_directory'); it must be on this machine.",
          e);
    } catch (IOException e) {
      throw new PgkillError("cannot read the data directory " + given + ": " + e, null, e);
    }
  }

  private static Path path(String text) {
    try {
      Path path = Path.of(text.trim());
      if (path.isAbsolute()) {
        return path;
      }
    } catch (InvalidPathException e) {
      // said below
    }
    throw new InvalidParameter(
        "dataDirectory",
        "'" + text + "' is not an absolute path",
        "Write the whole path of the server's data directory.");
  }

  /** A server in a container calls its directory by another name than this machine does. */
  private static void requireOwn(Path directory, Path named) throws IOException {
    if (!Files.exists(named) || !Files.isSameFile(named, directory)) {
      throw new PgkillFailure(
          "the server that wrote "
              + directory.resolve("postmaster.pid")
              + " knows its data directory as "
              + named
              + ": it runs in a container, or on another machine",
          "Run this goal where the server runs.");
    }
  }
}
