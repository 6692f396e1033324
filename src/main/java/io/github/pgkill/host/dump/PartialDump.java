package io.github.pgkill.host.dump;

import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.host.BackupManifest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A dump that nobody can mistake for a whole one: its name says so until it is checked and safe on
 * disk. It is deleted when the goal fails, and when the build is interrupted.
 */
public final class PartialDump implements AutoCloseable {

  private final Path part;
  private final Path file;
  private final Path list;
  private final Thread hook = new Thread(this::deleteQuietly, "pgkill: delete an unfinished dump");

  PartialDump(Path part, Path file) {
    this.part = part;
    this.file = file;
    this.list = part.resolveSibling(part.getFileName() + ".list");
    addHook();
  }

  /** Where the dump is written until it is whole. */
  public Path part() {
    return part;
  }

  /** Where it will be. */
  public Path file() {
    return file;
  }

  /** Where the list of what it holds is written meanwhile. */
  public Path list() {
    return list;
  }

  /** How large it is now. */
  public long size() {
    return part.toFile().length();
  }

  /** Its checksum. */
  public String sha256() {
    return Checksum.sha256(part);
  }

  /**
   * Makes it a whole one: on disk first, then the manifest under its name, the dump last, so that
   * what bears a dump's name has all that belongs to it.
   *
   * @throws PgkillError when the disk refuses
   */
  public void complete(BackupManifest manifest) {
    Path manifestFile = ManifestFile.beside(file);
    Path manifestPart = part.resolveSibling("." + manifestFile.getFileName() + ".part");
    try {
      force(part);
      try {
        ManifestFile.write(manifest, manifestPart);
        force(manifestPart);
        move(manifestPart, manifestFile);
        move(part, file);
      } finally {
        Files.deleteIfExists(manifestPart);
        if (!Files.exists(file)) {
          Files.deleteIfExists(manifestFile);
        }
      }
      forceDirectory(file.resolveSibling("."));
    } catch (IOException e) {
      throw new PgkillError("cannot keep the backup " + file + " (" + e + ")", null, e);
    }
  }

  /** Deletes what is not whole. */
  @Override
  public void close() {
    try {
      Files.deleteIfExists(list);
      Files.deleteIfExists(part);
    } catch (IOException e) {
      throw new PgkillError(
          "cannot delete the unfinished dump " + part + " (" + e + ")", "Delete it by hand.", e);
    } finally {
      removeHook();
    }
  }

  /** The program that writes it may still be about to end; what it has open is gone with it. */
  private void deleteQuietly() {
    for (Path path : new Path[] {list, part}) {
      try {
        Files.deleteIfExists(path);
      } catch (IOException e) {
        // the JVM goes down: its name still says that it is not whole
      }
    }
  }

  private void addHook() {
    try {
      Runtime.getRuntime().addShutdownHook(hook);
    } catch (IllegalStateException e) {
      deleteQuietly();
      throw new PgkillError("the build is ending: no backup is begun", null, e);
    }
  }

  private void removeHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // the JVM is going down: the hook finds nothing left to delete
    }
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      // some network file systems; a plain rename within one directory is the best they have
      Files.move(from, to);
    }
  }

  private static void force(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  private static void forceDirectory(Path directory) {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Windows opens no directories; the files themselves are safe
    }
  }
}
