package io.github.pgkill.report.json;

import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.report.text.WholeFile;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.UUID;

/** The JSON report of one execution, as a file of its own that is never seen half written. */
public final class JsonReport {

  /** The format's name and version, as the report and the resource of its schema carry it. */
  public static final String SCHEMA = "pgkill-report/2";

  private static final DateTimeFormatter TIMESTAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssSSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private static final String REMEDY =
      "Set pgkill.reportDirectory to a directory that this user may write to.";

  /** The directory of ours for what no build directory takes. */
  private static final String OWN = ".pgkill";

  private static final int NAME_PART = 60;
  private static final int UNIQUE = 8;

  private final Path directory;

  /**
   * Reports into a directory, which is made when the first one is written.
   *
   * @param directory the parameter {@code reportDirectory}
   */
  public JsonReport(Path directory) {
    this.directory = directory;
  }

  /**
   * Makes the directory and tries it, so that nothing is done whose report could not be written.
   *
   * @throws PgkillError when it cannot be written
   */
  public void requireWritable() {
    try {
      make();
      Files.delete(Files.createTempFile(directory, ".pgkill-", ".tmp"));
    } catch (IOException e) {
      throw new PgkillError(
          "cannot write reports into " + directory + " (" + e + "); nothing was touched",
          REMEDY,
          e);
    }
  }

  private void make() throws IOException {
    // createDirectories() of Java 17 fails on a symbolic link to a directory
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory);
    }
    Path parent = directory.toAbsolutePath().getParent();
    if (parent != null && parent.endsWith(OWN)) {
      ignore(parent.resolve(".gitignore"));
    }
  }

  /** Other people's queries are in the reports, and nobody commits those by choice. */
  private static void ignore(Path file) throws IOException {
    try {
      Files.writeString(file, "*\n", StandardOpenOption.CREATE_NEW);
    } catch (FileAlreadyExistsException e) {
      // ours, or what somebody made of it
    }
  }

  /**
   * Writes the report under a name that no other execution has.
   *
   * @return the file
   * @throws PgkillError when the directory or the file cannot be written
   */
  public Path write(GoalReport report) {
    Path file = directory.resolve(name(report.goal(), report.executionId(), report.startedAt()));
    try {
      make();
      WholeFile.write(file, out -> print(report, out));
      return file;
    } catch (IOException e) {
      throw new PgkillError("cannot write the report " + file + " (" + e + ")", REMEDY, e);
    }
  }

  /**
   * Prints the report as JSON, for {@code format=json}. The writer is flushed and stays open.
   *
   * @throws IOException when the writer fails
   */
  public static void print(GoalReport report, Writer out) throws IOException {
    new JsonDocument(out).write(report);
  }

  /** Letters, digits, hyphen and underscore only: no separator, no device name, no hidden file. */
  static String name(String goal, String executionId, Instant startedAt) {
    String unique = UUID.randomUUID().toString().substring(0, UNIQUE);
    return String.join(
        "-", part(goal), part(executionId), TIMESTAMP.format(startedAt), unique + ".json");
  }

  private static String part(String text) {
    String safe = text.replaceAll("[^A-Za-z0-9_-]", "_").replaceFirst("^-", "_");
    return safe.isEmpty() ? "_" : safe.substring(0, Math.min(NAME_PART, safe.length()));
  }

  /** A verdict's one word. */
  public static String word(Verdict.Status status) {
    return status == Verdict.Status.DRY_RUN ? "dryRun" : JsonDocument.word(status);
  }
}
