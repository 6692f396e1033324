package io.github.pgkill.campaign;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a goal wrote about itself.
 *
 * @param oid of the database that it looked at; 0 for none
 */
record Report(String goal, long oid, String status) {

  boolean succeeded() {
    return status.equals("success");
  }

  /** All below that directory. */
  static List<Report> in(Path directory) {
    List<Report> reports = new ArrayList<>();
    for (Path file : files(directory, ".json")) {
      try {
        JsonNode report = new ObjectMapper().readTree(file.toFile());
        reports.add(
            new Report(
                report.at("/goal").asText(),
                report.at("/database/oid").asLong(),
                report.at("/verdict/status").asText()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return reports;
  }

  /** The files below that directory whose names end so. */
  static List<Path> files(Path directory, String end) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> file.toString().endsWith(end))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
