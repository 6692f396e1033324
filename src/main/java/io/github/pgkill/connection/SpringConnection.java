package io.github.pgkill.connection;

import io.github.pgkill.model.PgkillFailure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the data source of a Spring Boot application from {@code src/main/resources}, in the order
 * of its "Externalized Configuration": {@code -D}, the environment, files of the active profiles,
 * files for all; {@code config/} wins over the folder above, properties win over YAML, a later
 * document wins over an earlier one. Files outside of the sources, imports and profile expressions
 * are not read.
 */
final class SpringConnection {

  private static final String PREFIX = "spring.datasource.";
  private static final String ON_PROFILE = "spring.config.activate.on-profile";
  private static final List<String> EXTENSIONS = List.of("yaml", "yml", "properties");

  private final BuildContext build;
  private final Map<String, String> values = new HashMap<>();

  private SpringConnection(BuildContext build) {
    this.build = build;
  }

  static BuildConnection read(BuildContext build) {
    return new SpringConnection(build).read();
  }

  private BuildConnection read() {
    addFiles("application", List.of());
    List<String> profiles =
        outside("spring.profiles.active")
            .or(() -> Optional.ofNullable(values.get("spring.profiles.active")))
            .map(names -> Arrays.stream(names.split(",")).map(String::strip).toList())
            .orElse(List.of());
    addFiles("application", profiles);
    profiles.forEach(profile -> addFiles("application-" + profile, profiles));
    Map<String, String> resolved = new HashMap<>();
    for (String name : List.of("url", "username", "password")) {
      outside(PREFIX + name)
          .or(() -> Optional.ofNullable(values.get(PREFIX + name)))
          .map(value -> new Placeholders(this::lookUp).resolve(PREFIX + name, value))
          .ifPresent(value -> resolved.put(name, value));
    }
    return new Layers("spring")
        .then("application.properties or .yml", resolved, name -> name)
        .connection("username");
  }

  private void addFiles(String name, List<String> profiles) {
    Path resources = build.baseDirectory().resolve("src/main/resources");
    for (Path folder : List.of(resources, resources.resolve("config"))) {
      for (String extension : EXTENSIONS) {
        Path file = folder.resolve(name + "." + extension);
        if (Files.isRegularFile(file)) {
          documents(file).stream()
              .filter(document -> applies(document, profiles, file))
              .forEach(values::putAll);
        }
      }
    }
  }

  private static List<Map<String, String>> documents(Path file) {
    if (!file.toString().endsWith(".properties")) {
      return YamlFile.documents(file);
    }
    List<Map<String, String>> documents = new ArrayList<>();
    for (String text : PropertyFiles.text(file).split("(?m)^[#!]---\\s*$")) {
      documents.add(PropertyFiles.parse(text, file));
    }
    return documents;
  }

  private static boolean applies(Map<String, String> document, List<String> profiles, Path file) {
    String condition = document.getOrDefault(ON_PROFILE, document.get("spring.profiles"));
    if (condition == null) {
      return true;
    }
    if (!condition.matches("[\\w.,\\s-]+")) {
      throw new PgkillFailure(
          file + " has a profile expression, which connectionFrom does not read",
          "Give -Dpgkill.url instead.");
    }
    return Arrays.stream(condition.split(",")).map(String::strip).anyMatch(profiles::contains);
  }

  private Optional<String> lookUp(String name) {
    return outside(name)
        .or(() -> Optional.ofNullable(values.get(name)))
        .or(() -> Optional.ofNullable(build.projectProperties().get(name)));
  }

  /** What Spring lets win over every file: system properties, then the environment. */
  private Optional<String> outside(String name) {
    String relaxed = name.replace('.', '_').replace("-", "").toUpperCase(Locale.ROOT);
    return Optional.ofNullable(build.userProperties().get(name))
        .or(() -> build.environment().variable(name))
        .or(() -> build.environment().variable(relaxed));
  }
}
