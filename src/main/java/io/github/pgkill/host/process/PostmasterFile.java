package io.github.pgkill.host.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a running server writes into {@code postmaster.pid} (PostgreSQL, {@code miscadmin.h}).
 *
 * @param pid the postmaster's process
 * @param dataDirectory where its data is
 * @param startedAt when it began, to the second
 * @param port the port that it listens on
 */
record PostmasterFile(long pid, Path dataDirectory, Instant startedAt, int port) {

  private static final int LINES = 4;

  /**
   * Reads that of a data directory; empty when there is none, or not one of a running server.
   *
   * @throws IOException when it cannot be read, which most users may not
   */
  static Optional<PostmasterFile> in(Path dataDirectory) throws IOException {
    Path file = dataDirectory.resolve("postmaster.pid");
    if (Files.notExists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(read(file));
    } catch (NotOfAServer e) {
      return Optional.empty();
    }
  }

  /** Says in what the file is not one of a running server. */
  static final class NotOfAServer extends IOException {

    private static final long serialVersionUID = 1L;

    NotOfAServer(String why) {
      super(why);
    }
  }

  /**
   * The same, line by line (LOCK_FILE_LINE_*).
   *
   * @throws NotOfAServer when it is not one of a running server, or not yet whole
   * @throws IOException when it is not there or cannot be read
   */
  static PostmasterFile read(Path file) throws IOException {
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
          pid,
          Path.of(name.trim()),
          Instant.ofEpochSecond(Long.parseLong(lines.get(2).trim())),
          Integer.parseInt(lines.get(3).trim()));
    } catch (NumberFormatException e) {
      throw new NotOfAServer("there is no number where one belongs");
    }
  }
}
