package io.github.pgkill.report.text;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Writes files that nobody ever sees half written. */
public final class WholeFile {

  private static final Pattern TEMPORARY =
      Pattern.compile("\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.tmp");

  /** Many times what it takes to write one. */
  private static final Duration WRITING = Duration.ofMinutes(1);

  private WholeFile() {}

  /** Writes the text of a file. */
  public interface Content {
    void write(Writer out) throws IOException;
  }

  /** Writes the file; one that is there is replaced. */
  public static void write(Path file, Content content) throws IOException {
    Path temporary = file.resolveSibling("." + UUID.randomUUID() + ".tmp");
    sweep(temporary.getParent());
    try {
      try (Writer out =
          Files.newBufferedWriter(
              temporary,
              StandardCharsets.UTF_8,
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.WRITE)) {
        content.write(out);
      }
      move(temporary, file);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static void move(Path temporary, Path file) throws IOException {
    try {
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      // some network file systems; a plain rename within one directory is the best they have
      Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Deletes what builds that were killed while they wrote have left beside the file. */
  private static void sweep(@Nullable Path directory) {
    if (directory == null) {
      return;
    }
    Instant killed = Instant.now().minus(WRITING);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, ".*.tmp")) {
      for (Path file : files) {
        if (TEMPORARY.matcher(String.valueOf(file.getFileName())).matches()
            && Files.getLastModifiedTime(file).toInstant().isBefore(killed)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // another build swept at the same moment, or they are not ours to delete: they do no harm
    }
  }
}
