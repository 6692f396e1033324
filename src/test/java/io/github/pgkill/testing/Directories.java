package io.github.pgkill.testing;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.stream.Stream;

/** What {@link Files} lacks for the directories of test servers. */
final class Directories {

  /** Temporary files of this JVM begin like this: two of them run tests at once. */
  static final String PREFIX = "pgkill-" + ProcessHandle.current().pid() + "-";

  private Directories() {}

  static Path temporary() throws IOException {
    return Files.createTempDirectory(PREFIX);
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
