package io.github.pgkill.host.process;

import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * What a server wrote into the {@code postmaster.pid} of its data directory (PostgreSQL's {@code
 * miscadmin.h}, LOCK_FILE_LINE_*). The file outlives a server that crashed.
 *
 * @param dataDirectory where its data is, with symbolic links resolved
 * @param pid the server's process
 * @param startedAt when that process began, in whole seconds
 * @param port the port that it listens on
 */
record PostmasterFile(Path dataDirectory, long pid, Instant startedAt, int port) {

  private static final int LINES = 4;

  /** Says in what the file is not one of a running server. */
  private static final class NotOfAServer extends IOException {

    private static final long serialVersionUID = 1L;

    NotOfAServer(String why) {
      super(why);
    }
  }

  /**
   * Reads that of a data directory.
   *
   * @throws PgkillFailure when no server of this machine runs there
   * @throws AccessDeniedException when this user may not see
   */
  static PostmasterFile in(Path dataDirectory) throws AccessDeniedException {
    Path file = dataDirectory.resolve("postmaster.pid");
    try {
      Path directory = dataDirectory.toRealPath();
      PostmasterFile read = read(directory.resolve("postmaster.pid"));
      requireSame(directory, read.dataDirectory());
      return new PostmasterFile(directory, read.pid(), read.startedAt(), read.port());
    } catch (AccessDeniedException e) {
      throw e;
    } catch (NotOfAServer e) {
      throw new PgkillFailure(
          file + " is not one of a running server: " + e.getMessage(),
          "Is the server starting? Run the goal again.",
          e);
    } catch (NoSuchFileException | NotDirectoryException e) {
      throw new PgkillFailure(
          "no server runs in data directory " + dataDirectory + ": there is no " + e.getFile(),
          "Name the data directory of the server in the URL: -Dpgkill.dataDirectory=... (psql -c"
              + " 'SHOW data_directory'); it must be on this machine.",
          e);
    } catch (IOException e) {
      throw new PgkillError("cannot read the data directory " + dataDirectory + ": " + e, null, e);
    }
  }

  /** Whether it is of the process of that pid and start, which listens on that port. */
  boolean fits(long otherPid, int otherPort, Instant start) {
    return pid == otherPid && port == otherPort && Clocks.agree(startedAt, start);
  }

  /** What it says, as the rest of a sentence. */
  String words() {
    return dataDirectory + " runs process " + pid + " on port " + port + " since " + startedAt;
  }

  /** A server in a container calls its directory by another name than this machine does. */
  private static void requireSame(Path directory, Path named) throws IOException {
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

  /**
   * The pid in that of a data directory, whoever has it.
   *
   * @throws IOException when there is none that can be read
   */
  static long pidIn(Path dataDirectory) throws IOException {
    return read(dataDirectory.resolve("postmaster.pid")).pid();
  }

  private static PostmasterFile read(Path file) throws IOException {
    // whatever the encoding of the directory's name
    List<String> lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    if (lines.size() < LINES) {
      throw new NotOfAServer("it has only " + lines.size() + " lines");
    }
    String name =
        new String(lines.get(1).getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    try {
      long pid = Long.parseLong(lines.get(0).trim());
      if (pid <= 0) {
        throw new NotOfAServer("a single-user backend holds it");
      }
      return new PostmasterFile(
          Path.of(name.trim()),
          pid,
          Instant.ofEpochSecond(Long.parseLong(lines.get(2).trim())),
          Integer.parseInt(lines.get(3).trim()));
    } catch (NumberFormatException e) {
      throw new NotOfAServer("there is no number where one belongs");
    }
  }
}
