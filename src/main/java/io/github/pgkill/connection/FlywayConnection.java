package io.github.pgkill.connection;

import io.github.pgkill.model.PgkillFailure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Reads Flyway's connection in the order of its Maven plugin ({@code AbstractFlywayMojo.execute}):
 * {@code -D}, {@code FLYWAY_*}, configuration files, properties of the POM, the plugin's
 * configuration, {@code flyway.conf} in the home directory.
 */
final class FlywayConnection {

  private static final String DEFAULT_SERVER = "flyway-db";

  private FlywayConnection() {}

  static BuildConnection read(BuildContext build) {
    Layers layers =
        sources(build)
            .then("its configuration files", files(build), name -> "flyway." + name)
            .then("the properties of the POM", build.projectProperties(), name -> "flyway." + name)
            .then("its plugin configuration", build.configuration(), name -> name)
            .then("flyway.conf of the home directory", home(build), name -> "flyway." + name);
    String server =
        Optional.ofNullable(build.configuration().get("serverId")).orElse(DEFAULT_SERVER);
    return layers.connection("flyway", "user", build.servers().apply(server));
  }

  private static Layers sources(BuildContext build) {
    return new Layers()
        .then("-Dflyway", build.userProperties(), name -> "flyway." + name)
        .then("the environment", build.environment().variables(), FlywayConnection::variable);
  }

  private static String variable(String name) {
    return "FLYWAY_" + name.replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT);
  }

  private static Map<String, String> files(BuildContext build) {
    Map<String, String> values = new HashMap<>();
    fileNames(build).stream()
        .map(name -> build.baseDirectory().resolve(name))
        .forEach(file -> values.putAll(file(file)));
    return values;
  }

  private static List<String> fileNames(BuildContext build) {
    return sources(build)
        .then("", build.projectProperties(), name -> "flyway." + name)
        .then("", build.configuration(), name -> name)
        .get("configFiles")
        .map(names -> Arrays.stream(names.split(",")).map(String::strip).toList())
        .orElse(List.of());
  }

  private static Map<String, String> home(BuildContext build) {
    Path file = build.environment().home().resolve("flyway.conf");
    return Files.exists(file) ? file(file) : Map.of();
  }

  /** In Flyway's files a backslash is only a backslash. */
  private static Map<String, String> file(Path file) {
    if (file.toString().endsWith(".toml")) {
      throw new PgkillFailure(
          file + " is TOML, which connectionFrom does not read",
          "Give -Dpgkill.url, or have url, user and password of Flyway in the POM.");
    }
    return PropertyFiles.parse(PropertyFiles.text(file).replace("\\", "\\\\"), file);
  }
}
