package io.github.pgkill.connection;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Reads Liquibase's connection as its Maven plugin does: its configuration (where Maven lets
 * literal values of the POM win over {@code -D}), {@code liquibase.*} properties, then the property
 * file, or that first with {@code propertyFileWillOverride}. Variables {@code LIQUIBASE_COMMAND_*}
 * are asked last.
 */
final class LiquibaseConnection {

  private static final Function<String, String> PREFIXED = name -> "liquibase." + name;

  private LiquibaseConnection() {}

  static BuildConnection read(BuildContext build) {
    Layers own = withParameters(new Layers(), build);
    Map<String, String> file =
        own.get("propertyFile")
            .map(name -> unprefixed(PropertyFiles.read(build.baseDirectory().resolve(name))))
            .orElse(Map.of());
    boolean fileWins =
        own.get("propertyFileWillOverride").filter(Boolean::parseBoolean).isPresent();
    Layers layers = new Layers();
    if (fileWins) {
      layers.then("its property file", file, name -> name);
    }
    withParameters(layers, build)
        .then("its property file", file, name -> name)
        .then(
            "the environment",
            build.environment().variables(),
            name -> "LIQUIBASE_COMMAND_" + name.toUpperCase(Locale.ROOT));
    Optional<ServerCredentials> server = own.get("server").flatMap(build.servers());
    return layers.connection("liquibase", "username", server);
  }

  private static Layers withParameters(Layers layers, BuildContext build) {
    return layers
        .then("its plugin configuration", build.configuration(), name -> name)
        .then("-Dliquibase", build.userProperties(), PREFIXED)
        .then("the properties of the POM", build.projectProperties(), PREFIXED);
  }

  /** {@code url}, {@code liquibase.url} and {@code liquibase.command.url} are one setting. */
  private static Map<String, String> unprefixed(Map<String, String> file) {
    Map<String, String> values = new HashMap<>();
    file.forEach(
        (key, value) -> values.put(key.replaceFirst("^liquibase\\.(command\\.)?", ""), value));
    return values;
  }
}
