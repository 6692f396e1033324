package io.github.pgkill.connection.spring;

import io.github.pgkill.model.failure.PgkillFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One place that Spring is told to read: a folder, which ends in a slash, or a file.
 *
 * @param optional whether it may be missing
 * @param path where it is, with {@code classpath:} in front or else a file
 */
record SpringLocation(boolean optional, String path) {

  private static final Pattern SCHEME = Pattern.compile("([a-zA-Z][\\w.+*-]+:).*");
  private static final Pattern HINT = Pattern.compile("(.*)\\[(\\.\\w+)]");
  private static final List<String> EXTENSIONS = List.of("yaml", "yml", "xml", "properties");

  /**
   * A file that may be there.
   *
   * @param path where
   * @param extension how to read it
   * @param skippable whether it may be missing
   */
  record Reference(String path, String extension, boolean skippable) {}

  /**
   * Reads one location.
   *
   * @param folder the folder of the importing file, which relative ones start from
   * @throws PgkillFailure when it is not a file or on the class path
   */
  static SpringLocation read(String text, String folder) {
    boolean optional = text.startsWith("optional:");
    String path = text.replaceFirst("^optional:", "").replaceFirst("^resource:", "");
    Matcher scheme = SCHEME.matcher(path);
    if (scheme.matches() && !List.of("classpath:", "file:").contains(scheme.group(1))) {
      throw refused("imports from " + scheme.group(1) + ", which connectionFrom does not ask");
    }
    if (path.isEmpty() || path.contains("%") || path.contains("\\")) {
      throw refused("has a location that connectionFrom does not read");
    }
    boolean fixed = scheme.matches() || path.startsWith("/") || path.matches("[a-zA-Z]:/.*");
    return new SpringLocation(optional, fixed ? path : folder + path);
  }

  boolean isFolder() {
    return path.endsWith("/");
  }

  /** The files to look for, what wins last. */
  List<Reference> references(List<String> names, Optional<String> profile) {
    String suffix = profile.map(name -> "-" + name).orElse("");
    List<Reference> references = new ArrayList<>();
    if (isFolder()) {
      for (String name : names) {
        for (String extension : EXTENSIONS) {
          references.add(new Reference(path + name + suffix + "." + extension, extension, true));
        }
      }
      return references;
    }
    boolean skippable = optional || profile.isPresent();
    Matcher hint = HINT.matcher(path);
    if (hint.matches()) {
      String extension = hint.group(2).substring(1);
      references.add(new Reference(hint.group(1) + suffix, known(extension), skippable));
      return references;
    }
    int dot = path.lastIndexOf('.');
    String extension = known(path.substring(dot + 1));
    references.add(
        new Reference(path.substring(0, dot) + suffix + "." + extension, extension, skippable));
    return references;
  }

  private static String known(String extension) {
    if (!EXTENSIONS.contains(extension)) {
      throw refused("has a file that is neither .properties nor YAML");
    }
    return extension;
  }

  PgkillFailure missing() {
    return refused("has " + (path.contains("@") ? "a location" : path) + ", which is missing");
  }

  private static PgkillFailure refused(String problem) {
    return new PgkillFailure(
        "spring.config " + problem, "Give -Dpgkill.url instead of connectionFrom.");
  }
}
