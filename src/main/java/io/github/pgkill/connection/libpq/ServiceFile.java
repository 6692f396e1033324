package io.github.pgkill.connection.libpq;

import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.connection.environment.Origin;
import io.github.pgkill.model.failure.PgkillFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads libpq's connection service files (its documentation, "The Connection Service File"; {@code
 * parseServiceFile} in fe-connect.c). The directory that libpq was compiled with is not known here:
 * only {@code PGSYSCONFDIR} names the system-wide file.
 */
public final class ServiceFile {

  private final String service;

  private ServiceFile(String service) {
    this.service = service;
  }

  /**
   * What the files say about a service.
   *
   * @param file the file to read instead of the user's; null to look where libpq does
   * @throws PgkillFailure when the service is not defined, or its definition cannot be read
   */
  public static Keywords read(Environment environment, String service, @Nullable String file) {
    List<Path> candidates = candidates(environment, file);
    ServiceFile reader = new ServiceFile(service);
    return candidates.stream()
        .filter(path -> file != null || Files.exists(path))
        .map(reader::read)
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow(
            () ->
                new PgkillFailure(
                    "service \"" + service + "\" is not defined in " + listed(candidates),
                    "Define [" + service + "] there, or name the file in PGSERVICEFILE."));
  }

  private static List<Path> candidates(Environment environment, @Nullable String file) {
    if (file != null) {
      return List.of(Path.of(file));
    }
    List<Path> candidates = new ArrayList<>();
    candidates.add(environment.userFile(".pg_service.conf", ".pg_service.conf"));
    environment
        .variable("PGSYSCONFDIR")
        .ifPresent(directory -> candidates.add(Path.of(directory, "pg_service.conf")));
    return candidates;
  }

  private static String listed(List<Path> candidates) {
    return candidates.stream().map(Path::toString).collect(Collectors.joining(" or "));
  }

  private Optional<Keywords> read(Path file) {
    Keywords keywords = new Keywords(Origin.named("service \"" + service + "\" in " + file));
    boolean found = false;
    List<String> lines = lines(file);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.startsWith("[")) {
        if (found) {
          break;
        }
        found = line.equals("[" + service + "]");
      } else if (found && !line.isEmpty() && !line.startsWith("#")) {
        readSetting(keywords, line, file + " line " + (i + 1));
      }
    }
    return found ? Optional.of(keywords) : Optional.empty();
  }

  /** As in libpq the first of two settings counts; no text of the line is ever shown. */
  private static void readSetting(Keywords keywords, String line, String where) {
    int equals = line.indexOf('=');
    String keyword =
        DriverOptions.keyword(equals < 0 ? "" : line.substring(0, equals))
            .filter(name -> !name.equals(Keywords.SERVICE) && !name.equals(Keywords.SERVICE_FILE))
            .orElseThrow(
                () ->
                    new PgkillFailure(
                        where + " is not a setting of a service",
                        "Write keyword=value, with one of libpq's keywords and no blanks around"
                            + " the equals sign."));
    if (keywords.get(keyword).isEmpty()) {
      keywords.put(keyword, line.substring(equals + 1));
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new PgkillFailure(
          "service file " + file + " cannot be read",
          "Check that it exists, is readable and is UTF-8 text, or unset PGSERVICEFILE.",
          e);
    }
  }
}
