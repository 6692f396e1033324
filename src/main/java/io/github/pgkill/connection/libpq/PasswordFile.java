package io.github.pgkill.connection.libpq;

import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.value.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads a password from libpq's password file (its documentation, "The Password File"; {@code
 * passwordFromFile} in fe-connect.c). The driver has a reader of its own, which takes the file from
 * the process alone, ignores its permissions and stumbles over a line that ends early.
 */
public final class PasswordFile {

  private static final Set<PosixFilePermission> OTHERS =
      Set.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.GROUP_EXECUTE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_EXECUTE);

  /** Those that libpq is built with, for which {@code localhost} stands in the file. */
  private static final Set<String> SOCKET_DIRECTORIES =
      Set.of("/run/postgresql", "/var/run/postgresql", "/tmp");

  private final Path file;

  public PasswordFile(Path file) {
    this.file = file;
  }

  /** Why the file is not used although it exists; empty when it may be used or is not there. */
  public Optional<String> objection() {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    if (!Files.isRegularFile(file)) {
      return Optional.of("password file " + file + " is not used: it is not a plain file");
    }
    return open()
        ? Optional.of(
            "password file " + file + " is not used: others may read it; chmod 600 mends that")
        : Optional.empty();
  }

  /**
   * The password of the first line that matches.
   *
   * @param database the database that is connected to
   * @throws PgkillFailure when the file cannot be read
   */
  public Optional<Secret> find(HostAddress host, String database, String user) {
    if (!Files.isRegularFile(file) || open()) {
      return Optional.empty();
    }
    List<String> names =
        SOCKET_DIRECTORIES.contains(host.name())
            ? List.of(host.name(), HostList.DEFAULT_HOST)
            : List.of(host.name());
    return lines().stream()
        .filter(line -> !line.startsWith("#"))
        .flatMap(line -> names.stream().map(name -> password(line, name, host, database, user)))
        .flatMap(Optional::stream)
        .findFirst()
        .filter(password -> !password.isEmpty())
        .map(Secret::new);
  }

  private static Optional<String> password(
      String line, String name, HostAddress host, String database, String user) {
    List<String> wanted = List.of(name, String.valueOf(host.port()), database, user);
    int position = 0;
    for (String value : wanted) {
      StringBuilder field = new StringBuilder();
      int end = readField(line, position, field);
      boolean any = line.startsWith("*:", position);
      if (end == line.length() || !any && !value.contentEquals(field)) {
        return Optional.empty();
      }
      position = end + 1;
    }
    StringBuilder password = new StringBuilder();
    readField(line, position, password);
    return Optional.of(password.toString());
  }

  /** Reads up to the next bare colon; a backslash takes the next character as it is. */
  private static int readField(String line, int start, StringBuilder field) {
    int i = start;
    while (i < line.length() && line.charAt(i) != ':') {
      if (line.charAt(i) == '\\' && i + 1 < line.length()) {
        i++;
      }
      field.append(line.charAt(i));
      i++;
    }
    return i;
  }

  private boolean open() {
    PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    try {
      // Windows has no such view; there libpq does not check either
      return view != null
          && view.readAttributes().permissions().stream().anyMatch(OTHERS::contains);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private List<String> lines() {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private PgkillFailure unreadable(IOException e) {
    return new PgkillFailure(
        "password file " + file + " cannot be read",
        "Check that it is yours, readable and UTF-8 text.",
        e);
  }
}
