package io.github.pgkill.report.html;

import io.github.pgkill.report.text.WholeFile;
import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the index tells of each report, in one file, so that a build need not open all earlier
 * reports: a line each, its parts URL-encoded with blanks between. It is a copy only: a line that
 * is missing or broken is made anew from the report.
 */
final class IndexLines {

  /** Its name in the directory. */
  static final String NAME = ".index";

  private static final String VERSION = "1";
  private static final String BETWEEN = " ";
  private static final int PARTS = 10;

  private final Path file;

  IndexLines(Path directory) {
    this.file = directory.resolve(NAME);
  }

  /** Adds one, in one write, so that modules and builds may do so at once. */
  void add(ReportHead head) throws IOException {
    Files.writeString(file, line(head), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** Those that are there, by report. */
  Map<String, ReportHead> read() throws IOException {
    Map<String, ReportHead> heads = new HashMap<>();
    for (String line : lines()) {
      ReportHead head = head(line.split(BETWEEN, -1));
      if (head != null) {
        heads.put(head.file(), head);
      }
    }
    return heads;
  }

  /** Keeps these alone; one that somebody adds meanwhile may be lost. */
  void keep(Collection<ReportHead> heads) throws IOException {
    WholeFile.write(
        file,
        out -> {
          for (ReportHead head : heads) {
            out.write(line(head));
          }
        });
  }

  private List<String> lines() throws IOException {
    try {
      return Files.readAllLines(file);
    } catch (NoSuchFileException | MalformedInputException e) {
      // none yet, or none of ours: the reports themselves are read
      return List.of();
    }
  }

  private static String line(ReportHead head) {
    String where = head.where();
    return String.join(
            BETWEEN,
            VERSION,
            escaped(head.file()),
            escaped(head.goal()),
            escaped(head.executionId()),
            head.buildStartedAt().toString(),
            head.startedAt().toString(),
            Long.toString(head.duration().toMillis()),
            escaped(head.status()),
            escaped(head.summary()),
            where == null ? "" : "=" + escaped(where))
        + "\n";
  }

  private static @Nullable ReportHead head(String[] parts) {
    if (parts.length != PARTS || !parts[0].equals(VERSION)) {
      return null;
    }
    try {
      return new ReportHead(
          plain(parts[1]),
          plain(parts[2]),
          plain(parts[3]),
          Instant.parse(parts[4]),
          Instant.parse(parts[5]),
          Duration.ofMillis(Long.parseLong(parts[6])),
          plain(parts[7]),
          plain(parts[8]),
          parts[9].isEmpty() ? null : plain(parts[9].substring(1)));
    } catch (DateTimeException | IllegalArgumentException e) {
      // torn or somebody else's: the report itself is read
      return null;
    }
  }

  /** Nothing in a name reaches a terminal, or whoever looks for commands in files. */
  private static String escaped(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static String plain(String escaped) {
    return URLDecoder.decode(escaped, StandardCharsets.UTF_8);
  }
}
