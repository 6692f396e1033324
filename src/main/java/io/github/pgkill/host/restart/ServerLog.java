package io.github.pgkill.host.restart;

import io.github.pgkill.host.process.LocalServer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a server writes into its log from now on, as far as this build may read it. */
public final class ServerLog {

  private static final int LINES = 12;
  private static final int BYTES = 16_000;

  private final @Nullable Path manager;
  private final @Nullable LocalServer server;
  private final Map<Path, Long> sizes = new HashMap<>();

  private ServerLog(@Nullable Path manager, @Nullable LocalServer server) {
    this.manager = manager;
    this.server = server;
    files().forEach(file -> sizes.put(file, size(file)));
  }

  /**
   * Begins to look.
   *
   * @param manager where the server writes to according to what runs it
   * @param server the server on this host; null where it is not to be seen here
   */
  public static ServerLog from(Optional<Path> manager, @Nullable LocalServer server) {
    return new ServerLog(manager.orElse(null), server);
  }

  /** The last lines since then, of the first file that has any. */
  public List<String> news() {
    return files().stream()
        .map(this::since)
        .filter(lines -> !lines.isEmpty())
        .findFirst()
        .orElse(List.of());
  }

  private Set<Path> files() {
    Set<Path> files = new LinkedHashSet<>();
    Stream.concat(Stream.ofNullable(manager), Stream.ofNullable(server).flatMap(ServerLog::current))
        .filter(Files::isReadable)
        .forEach(files::add);
    return files;
  }

  /** Where the server's own collector writes, and where its messages go without one. */
  private static Stream<Path> current(LocalServer server) {
    Path data = server.dataDirectory();
    Stream<Path> messages = server.postmaster().messages().stream();
    if (data == null) {
      return messages;
    }
    try (Stream<String> lines = Files.lines(data.resolve("current_logfiles"))) {
      List<Path> collected =
          lines
              .filter(line -> line.startsWith("stderr "))
              .map(line -> data.resolve(line.substring("stderr ".length())))
              .toList();
      return Stream.concat(collected.stream(), messages);
    } catch (IOException e) {
      // there is none, or not for us
      return messages;
    }
  }

  private List<String> since(Path file) {
    try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "r")) {
      long from = Math.max(sizes.getOrDefault(file, 0L), log.length() - BYTES);
      log.seek(Math.min(from, log.length()));
      byte[] bytes = new byte[(int) Math.max(0, log.length() - from)];
      log.readFully(bytes);
      List<String> lines =
          new String(bytes, StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.isBlank() && !line.contains("STATEMENT:"))
              .map(ServerLog::withoutSecrets)
              .toList();
      return lines.subList(Math.max(0, lines.size() - LINES), lines.size());
    } catch (IOException e) {
      // rotated away or not for us: the failure itself is told all the same
      return List.of();
    }
  }

  /** A line of the log may quote what a client sent. */
  private static String withoutSecrets(String line) {
    return line.matches("(?i).*password\\s*(=|'|to\\s).*") ? "[a line with a password]" : line;
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0;
    }
  }
}
