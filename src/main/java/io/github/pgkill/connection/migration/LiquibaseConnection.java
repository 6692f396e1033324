package io.github.pgkill.connection.migration;

import io.github.pgkill.connection.build.BuildConnection;
import io.github.pgkill.connection.build.BuildContext;
import io.github.pgkill.connection.build.PropertyFiles;
import io.github.pgkill.connection.environment.ServerCredentials;
import io.github.pgkill.model.failure.PgkillFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads Liquibase's connection as its Maven plugin does: the server of settings.xml, its
 * configuration (where Maven lets literal values of the POM win over {@code -D}), {@code
 * liquibase.*} properties, then the property file, or that first with {@code
 * propertyFileWillOverride}. Variables such as {@code LIQUIBASE_COMMAND_URL} are not the plugin's.
 */
public final class LiquibaseConnection {

  private static final String TOOL = "liquibase";
  private static final Function<String, String> PREFIXED = name -> "liquibase." + name;

  private static final Set<String> CREDENTIALS = Set.of("username", "password");

  /** What adds to the driver's properties, or gives them out itself. */
  private static final Pattern NOT_FOLLOWED =
      Pattern.compile("(liquibase\\.)?(driverPropertiesFile|propertyProviderClass)");

  private final BuildContext build;

  private LiquibaseConnection(BuildContext build) {
    this.build = build;
  }

  public static BuildConnection read(BuildContext build) {
    return new LiquibaseConnection(build).read();
  }

  private BuildConnection read() {
    if (!build.plugin().atLeast(3)) {
      throw new PgkillFailure(
          "connectionFrom does not follow Liquibase's Maven plugin " + build.plugin().version(),
          "Give -Dpgkill.url instead.");
    }
    Layers parameters = new Layers(TOOL);
    parameters(parameters, name -> name);
    Layers layers = new Layers(TOOL);
    Optional<Path> file = parameters.get("propertyFile").map(name -> locate(parameters, name));
    Map<String, String> values = file.map(LiquibaseConnection::values).orElse(Map.of());
    String label = file.map(Path::toString).orElse("its property file");
    if (parameters.get("propertyFileWillOverride").filter(Boolean::parseBoolean).isPresent()) {
      layers.then(label, values, name -> name);
    }
    parameters
        .get("server")
        .ifPresentOrElse(id -> server(layers, id), () -> parameters(layers, name -> name));
    layers.then(label, values, name -> name);
    layers.refuse(NOT_FOLLOWED);
    return layers.connection("username");
  }

  private void parameters(Layers layers, Function<String, String> naming) {
    layers
        .then(build.plugin().where(), build.plugin().configuration(), naming)
        .then("-Dliquibase", build.userProperties(), naming.andThen(PREFIXED))
        .then("the properties of the POM", build.projectProperties(), naming.andThen(PREFIXED));
  }

  /** A server takes the place of the credentials beside it, even when settings.xml has none. */
  private void server(Layers layers, String id) {
    build
        .servers()
        .apply(id)
        .ifPresent(
            server ->
                layers.then(
                    "server \"" + id + "\" of settings.xml", credentials(server), name -> name));
    parameters(layers, name -> CREDENTIALS.contains(name) ? "replaced by server" : name);
  }

  private static Map<String, String> credentials(ServerCredentials server) {
    Map<String, String> values = new HashMap<>();
    Optional.ofNullable(server.username()).ifPresent(user -> values.put("username", user));
    Optional.ofNullable(server.password())
        .ifPresent(password -> values.put("password", password.reveal()));
    return values;
  }

  /** Liquibase's keys have no prefix there, and its variables are not expanded. */
  private static Map<String, String> values(Path file) {
    Map<String, String> values =
        PropertyFiles.parse(PropertyFiles.converted(file, StandardCharsets.ISO_8859_1), file);
    if (values.containsKey("propertyFileWillOverride")) {
      throw new PgkillFailure(
          file + " says itself whether it wins, which connectionFrom does not follow",
          "Write propertyFileWillOverride into the POM, or give -Dpgkill.url.");
    }
    return values;
  }

  /**
   * The file on the project's class path or below the directory of the POM, where there is exactly
   * one.
   */
  private Path locate(Layers parameters, String name) {
    if (parameters.get("searchPath").isPresent()
        || build.environment().variable("LIQUIBASE_SEARCH_PATH").isPresent()) {
      throw new PgkillFailure(
          "Liquibase has a searchPath for its property file, which connectionFrom does not follow",
          "Give -Dpgkill.url instead.");
    }
    if (name.startsWith("classpath:")) {
      throw new PgkillFailure(
          "propertyFile of liquibase begins with classpath:, which Liquibase refuses, too",
          "Write the path as it is on the class path.");
    }
    if (Path.of(name).isAbsolute()) {
      return absolute(Path.of(name));
    }
    List<Path> found =
        Stream.concat(build.classPath().stream(), Stream.of(build.baseDirectory()))
            .distinct()
            .filter(place -> holds(place, name))
            .toList();
    if (found.isEmpty()) {
      throw new PgkillFailure(
          "propertyFile of liquibase, "
              + name
              + ", is neither below "
              + build.baseDirectory()
              + " nor on the class path ("
              + build.classPath().stream()
                  .map(Path::toString)
                  .reduce((a, b) -> a + ", " + b)
                  .orElse("which is empty")
              + ")",
          "Build the project as far as Liquibase needs it, correct the name, or give -Dpgkill.url.");
    }
    if (found.size() > 1 || Files.isRegularFile(found.get(0))) {
      throw new PgkillFailure(
          "propertyFile of liquibase, " + name + ", is in " + found,
          "Have one of them in a directory only, or give -Dpgkill.url.");
    }
    return found.get(0).resolve(name);
  }

  /** From 4 on, Liquibase looks for such a path below its places, as if it were relative. */
  private Path absolute(Path file) {
    if (build.plugin().atLeast(4) || !Files.isRegularFile(file)) {
      throw new PgkillFailure(
          "propertyFile of liquibase, "
              + file
              + ", is an absolute path "
              + (Files.isRegularFile(file)
                  ? "which Liquibase 4 and later takes for a relative one"
                  : "where no file is"),
          "Write it relative to the directory of the POM, or give -Dpgkill.url.");
    }
    return file;
  }

  private static boolean holds(Path place, String name) {
    if (!Files.isRegularFile(place)) {
      return Files.isRegularFile(place.resolve(name));
    }
    try (JarFile jar = new JarFile(place.toFile())) {
      return jar.getEntry(name) != null;
    } catch (IOException e) {
      throw new PgkillFailure(
          place + " of the class path cannot be read", "Give -Dpgkill.url instead.", e);
    }
  }
}
