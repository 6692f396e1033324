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
    List<String> lines =
        Files.readString(file, StandardCharsets.UTF_8).lines().map(String::trim).toList();
    if (lines.size() < LINES
        || !lines.get(0).matches("[1-9]\\d{0,9}")
        || !lines.get(2).matches("\\d{1,12}")
        || !lines.get(3).matches("\\d{1,5}")) {
      return Optional.empty();
    }
    return Optional.of(
        new PostmasterFile(
            Long.parseLong(lines.get(0)),
            Path.of(lines.get(1)),
            Instant.ofEpochSecond(Long.parseLong(lines.get(2))),
            Integer.parseInt(lines.get(3))));
  }
}
