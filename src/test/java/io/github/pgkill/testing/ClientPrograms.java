package io.github.pgkill.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * PostgreSQL's client programs of this machine: the embedded servers come without them, and no
 * artifact has them.
 */
public final class ClientPrograms {

  private static final Pattern VERSION = Pattern.compile("\\) (\\d+)");

  private ClientPrograms() {}

  static Optional<String> missing() {
    return newest().isPresent() ? Optional.empty() : Optional.of("no pg_dump on this machine");
  }

  static Optional<String> tooOld() {
    int found = major(pgDump());
    int server = PostgresBinaries.defaultMajor();
    return found >= server
        ? Optional.empty()
        : Optional.of("pg_dump " + found + " cannot dump PostgreSQL " + server);
  }

  static Optional<String> newEnough() {
    int server = PostgresBinaries.defaultMajor();
    return major(pgDump()) < server
        ? Optional.empty()
        : Optional.of("pg_dump is new enough for PostgreSQL " + server);
  }

  /** The newest pg_dump, for tests that need {@link Machine#PG_DUMP} or an old one. */
  public static Path pgDump() {
    return newest().orElseThrow();
  }

  private static Optional<Path> newest() {
    Path newest = null;
    for (Path candidate : candidates()) {
      if (newest == null || major(candidate) > major(newest)) {
        newest = candidate;
      }
    }
    return Optional.ofNullable(newest);
  }

  private static List<Path> candidates() {
    List<Path> found = new ArrayList<>();
    for (String root :
        List.of("/usr/lib/postgresql", "/usr", "/opt/homebrew/opt", "/usr/local/opt")) {
      if (Files.isDirectory(Path.of(root))) {
        try (DirectoryStream<Path> homes = Files.newDirectoryStream(Path.of(root))) {
          homes.forEach(home -> found.add(home.resolve("bin/pg_dump")));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    for (String directory : System.getenv("PATH").split(File.pathSeparator)) {
      found.add(Path.of(directory).resolve("pg_dump"));
    }
    return found.stream()
        .filter(Files::isExecutable)
        .filter(program -> Files.isExecutable(program.resolveSibling("pg_restore")))
        .toList();
  }

  private static int major(Path pgDump) {
    try {
      Process process = new ProcessBuilder(pgDump.toString(), "--version").start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      Matcher version = VERSION.matcher(text);
      return version.find() ? Integer.parseInt(version.group(1)) : 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
