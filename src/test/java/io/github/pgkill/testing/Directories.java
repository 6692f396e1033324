package io.github.pgkill.testing;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;

/** What {@link Files} lacks for the directories of test servers. */
final class Directories {

  /** Temporary files of this JVM begin like this: two of them run tests at once. */
  static final String PREFIX = "pgkill-" + ProcessHandle.current().pid() + "-";

  private Directories() {}

  /** Memory as a file system, of Linux. */
  private static final Path MEMORY = Path.of("/dev/shm");

  /** Three JVMs leave some hundred databases of 8 MB each until they end. */
  private static final long MEMORY_FOR_SERVERS = 12L << 30;

  static Path temporary() throws IOException {
    return Files.createTempDirectory(PREFIX);
  }

  /** In memory where there is plenty of it: a database is 300 files. */
  static Path forServer() throws IOException {
    return Files.isWritable(MEMORY)
            && Files.getFileStore(MEMORY).getUsableSpace() >= MEMORY_FOR_SERVERS
        ? Files.createTempDirectory(MEMORY, PREFIX)
        : temporary();
  }

  /** Where something of this JVM may be left behind. */
  static List<Path> places() {
    return Stream.of(Path.of(System.getProperty("java.io.tmpdir")), MEMORY)
        .filter(Files::isDirectory)
        .toList();
  }

  /** Somebody else may have been faster; theirs is as good as ours. */
  static void moveUnlessThere(Path draft, Path target) throws IOException {
    try {
      Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw e;
    } catch (FileSystemException e) {
      if (!Files.isDirectory(target)) {
        throw e;
      }
    }
  }

  /** Deletes a tree; what vanishes meanwhile, or was never there, is no error. */
  static void delete(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException e)
              throws IOException {
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** Copies a tree, for its owner's eyes only, as a server demands of its data. */
  static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> tree = Files.walk(from)) {
      for (Path path : (Iterable<Path>) tree::iterator) {
        Files.copy(path, to.resolve(from.relativize(path)), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  /** Temporary directories are their owner's alone, but a server may run as somebody else. */
  static void openForEverybody(Path directory) {
    directory.toFile().setReadable(true, false);
    directory.toFile().setExecutable(true, false);
  }
}
