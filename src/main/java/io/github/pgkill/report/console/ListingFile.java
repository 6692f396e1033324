package io.github.pgkill.report.console;

import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.report.text.WholeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The file that a listing goes to instead of the log: replaced as a whole, never half written. */
public final class ListingFile {

  private ListingFile() {}

  /**
   * Puts that text there, in UTF-8; directories on the way are made.
   *
   * @throws PgkillError when it cannot be written
   */
  public static void write(Path file, String text) {
    Path whole = file.toAbsolutePath();
    try {
      Path directory = whole.getParent();
      if (directory != null && !Files.isDirectory(directory)) {
        Files.createDirectories(directory);
      }
      WholeFile.write(whole, out -> out.write(text));
    } catch (IOException e) {
      throw new PgkillError(
          "cannot write " + file + " (" + e + ")",
          "Set pgkill.output to a file that this user may write.",
          e);
    }
  }
}
