package io.github.pgkill.host.dump;

import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.value.ByteCount;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.stream.Stream;

/** Where dumps are kept: open to nobody else, and not for git. */
public final class BackupDirectory {

  private static final DateTimeFormatter TIMESTAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private static final int NAME_PART = 60;
  private static final int SAME_SECOND = 100;
  private static final String IGNORE = ".gitignore";

  private final Path directory;

  /**
   * A directory that is made when it is needed.
   *
   * @param directory the parameter {@code backupDirectory}
   */
  public BackupDirectory(Path directory) {
    this.directory = directory.toAbsolutePath().normalize();
  }

  public Path path() {
    return directory;
  }

  /** Where a dump begun now would be kept; nothing is made. */
  public Path fileFor(String database, Instant now) {
    return directory.resolve(part(database) + "-" + TIMESTAMP.format(now) + ".dump");
  }

  /**
   * Makes the directory, unless it is there. Ours are the owner's alone and ignored by git; one
   * that somebody else filled is left as it is, because only the dumps in it are ours.
   *
   * @throws PgkillError when it cannot be made
   */
  public void make() {
    try {
      // createDirectories() of Java 17 fails on a symbolic link to a directory
      if (!Files.isDirectory(directory)) {
        Path parent = directory.getParent();
        if (parent != null && !Files.isDirectory(parent)) {
          Files.createDirectories(parent);
        }
        createOwned();
      }
      if (empty()) {
        Files.writeString(directory.resolve(IGNORE), "*\n");
      }
    } catch (IOException e) {
      throw new PgkillError(
          "cannot make the directory for backups " + directory + " (" + e + ")",
          "Set -Dpgkill.backupDirectory to a directory that this user may write to.",
          e);
    }
  }

  private void createOwned() throws IOException {
    try {
      Files.createDirectory(directory, ownersAlone(directory, "rwx------"));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) {
        throw e;
      }
    }
  }

  private boolean empty() throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.findAny().isEmpty();
    }
  }

  /**
   * Refuses to begin a dump for which there may be no room. An estimate: a dump is compressed and
   * has no indexes, but a build that fills a disk harms everybody on the machine.
   *
   * @param needed the database's size
   * @throws PgkillFailure with both numbers
   */
  public void requireRoom(long needed) {
    long free = nearest(directory).toFile().getUsableSpace();
    if (free < needed) {
      throw new PgkillFailure(
          "there may be no room for the backup: the database has "
              + ByteCount.format(needed)
              + ", and "
              + directory
              + " has "
              + ByteCount.format(free)
              + " left",
          "Make room, or set -Dpgkill.backupDirectory to a directory on a larger disk.");
    }
  }

  /** In a dry run the directory need not be there. */
  private static Path nearest(Path path) {
    Path parent = path.getParent();
    return Files.exists(path) || parent == null ? path : nearest(parent);
  }

  /**
   * Begins a dump under a name that no other has.
   *
   * @throws PgkillError when nothing can be written
   */
  public PartialDump begin(String database, Instant now) {
    Path wanted = fileFor(database, now);
    try {
      for (int i = 1; i <= SAME_SECOND; i++) {
        Path file = i == 1 ? wanted : numbered(wanted, i);
        if (!Files.exists(file)) {
          Path part = file.resolveSibling("." + file.getFileName() + ".part");
          try {
            Files.createFile(part, ownersAlone(directory, "rw-------"));
            return new PartialDump(part, file);
          } catch (FileAlreadyExistsException e) {
            // another build dumps the same database in this very second
          }
        }
      }
      throw new IOException("every name is taken");
    } catch (IOException e) {
      throw new PgkillError(
          "cannot write a backup to " + wanted + " (" + e + ")",
          "Set -Dpgkill.backupDirectory to a directory that this user may write to.",
          e);
    }
  }

  private static Path numbered(Path file, int number) {
    String name = String.valueOf(file.getFileName());
    return file.resolveSibling(name.replaceFirst("\\.dump$", "-" + number + ".dump"));
  }

  static FileAttribute<?>[] ownersAlone(Path where, String permissions) {
    return where.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }

  /** Letters, digits, hyphen and underscore only: no separator, no device name, no hidden file. */
  private static String part(String text) {
    String safe = text.replaceAll("[^A-Za-z0-9_-]", "_").replaceFirst("^-", "_");
    return safe.isEmpty() ? "_" : safe.substring(0, Math.min(NAME_PART, safe.length()));
  }
}
