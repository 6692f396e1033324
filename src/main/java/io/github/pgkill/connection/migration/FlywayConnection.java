package io.github.pgkill.connection.migration;

import io.github.pgkill.connection.build.BuildConnection;
import io.github.pgkill.connection.build.BuildContext;
import io.github.pgkill.connection.environment.ServerCredentials;
import io.github.pgkill.model.failure.PgkillFailure;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Reads Flyway's connection in the order of its Maven plugin 6 and later ({@code
 * AbstractFlywayMojo.execute}): {@code -D}, {@code FLYWAY_*}, configuration files, properties of
 * the POM, the plugin's configuration, and {@code flyway.conf} where Maven was started and in the
 * home directory. The plugin looks for the names of the files in another order.
 */
public final class FlywayConnection {

  private static final String DEFAULT_SERVER = "flyway-db";
  private static final String DEFAULT_FILE = "flyway.conf";
  private static final Function<String, String> PREFIXED = name -> "flyway." + name;

  /** What reaches the driver past url, user and password, or fetches these from elsewhere. */
  private static final Pattern NOT_FOLLOWED =
      Pattern.compile(
          "flyway\\.(jdbcProperties\\.(user|password|service|PG\\w+)"
              + "|(vault|dapr|gcsm|googleSecretManager)(Configuration)?\\..*"
              + "|pluginConfiguration\\.(url|user|password|(vault|dapr|gcsm).*)"
              + "|environment)"
              + "|environments\\..*"
              + "|FLYWAY_(JDBC_PROPERTIES_(USER|PASSWORD|SERVICE|PG\\w+)|(VAULT|DAPR|GCSM)_\\w+"
              + "|ENVIRONMENT)",
          Pattern.CASE_INSENSITIVE);

  private final BuildContext build;

  private FlywayConnection(BuildContext build) {
    this.build = build;
  }

  public static BuildConnection read(BuildContext build) {
    return new FlywayConnection(build).read();
  }

  private BuildConnection read() {
    if (!build.plugin().atLeast(6)) {
      throw new PgkillFailure(
          "connectionFrom does not follow Flyway's Maven plugin "
              + build.plugin().version()
              + ", which reads its configuration in another order than 6 and later",
          "Give -Dpgkill.url instead.");
    }
    Layers layers =
        new Layers("flyway")
            .then("-Dflyway", build.systemProperties(), PREFIXED)
            .then("-Dflyway", build.userProperties(), PREFIXED)
            .then("the environment", build.environment().variables(), FlywayConnection::variable);
    // of several files the last one wins
    List<Path> files = files();
    for (int i = files.size() - 1; i >= 0; i--) {
      layers.then(files.get(i).toString(), read(files.get(i)), PREFIXED);
    }
    layers
        .then("the properties of the POM", build.projectProperties(), PREFIXED)
        .then(build.plugin().where(), configuration(), PREFIXED);
    unasked(layers);
    layers.refuse(NOT_FOLLOWED);
    return layers.connection("user");
  }

  private static String variable(String name) {
    return "FLYWAY_" + name.replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT);
  }

  /** Parameters of the plugin that no file and no variable may set. */
  private Layers parameters() {
    return new Layers("flyway")
        .then(build.plugin().where(), build.plugin().configuration(), name -> name)
        .then("-Dflyway", build.userProperties(), PREFIXED)
        .then("the properties of the POM", build.projectProperties(), PREFIXED);
  }

  /** The plugin's configuration, where credentials of settings.xml take its place. */
  private Map<String, String> configuration() {
    Map<String, String> values = new HashMap<>();
    build.plugin().configuration().forEach((name, value) -> values.put("flyway." + name, value));
    Layers parameters = parameters();
    String id = parameters.get("serverId").orElse(DEFAULT_SERVER);
    if (!id.equals(DEFAULT_SERVER)
        && build.plugin().atLeast(11)
        && !build.plugin().atLeast(12, 11)) {
      // 11.20 has it as a constant, and takes flyway-db whatever the POM says
      throw new PgkillFailure(
          "some of Flyway's Maven plugins from 11 on ignore serverId, and "
              + build.plugin().version()
              + " may be one of them",
          "Name the server " + DEFAULT_SERVER + ", use 12.11 or later, or give -Dpgkill.url.");
    }
    Optional<ServerCredentials> server = build.servers().apply(id);
    if (server.isEmpty()) {
      return values;
    }
    if (parameters.get("user").isPresent()) {
      throw new PgkillFailure(
          "Flyway has a user in the build and another one in server \""
              + id
              + "\" of settings.xml,"
              + " which it refuses",
          "Leave one of them out, or give -Dpgkill.url.");
    }
    values.keySet().removeAll(List.of("flyway.user", "flyway.password"));
    Optional.ofNullable(server.get().username()).ifPresent(user -> values.put("flyway.user", user));
    Optional.ofNullable(server.get().password())
        .ifPresent(password -> values.put("flyway.password", password.reveal()));
    return values;
  }

  /** The files that Flyway reads without being told. */
  private void unasked(Layers layers) {
    Path here =
        Path.of(build.systemProperties().getOrDefault("user.dir", "")).resolve(DEFAULT_FILE);
    if (Files.isRegularFile(here)) {
      if (build.plugin().atLeast(8, 5, 13)) {
        layers.then(here.toString(), read(here), PREFIXED);
      } else if (build.plugin().atLeast(8, 5, 1)) {
        throw new PgkillFailure(
            "whether Flyway " + build.plugin().version() + " reads " + here + " is not known",
            "Use a newer version of its plugin, or give -Dpgkill.url.");
      }
    }
    Path home = build.environment().home().resolve(DEFAULT_FILE);
    if (Files.isRegularFile(home)) {
      layers.then(home.toString(), read(home), PREFIXED);
    }
  }

  private List<Path> files() {
    Path directory =
        parameters()
            .get("workingDirectory")
            .map(build.baseDirectory()::resolve)
            .orElse(build.baseDirectory());
    Layers outside =
        new Layers("flyway")
            .then("the environment", build.environment().variables(), FlywayConnection::variable)
            .then("-Dflyway", build.systemProperties(), PREFIXED)
            .then("-Dflyway", build.userProperties(), PREFIXED)
            .then("the properties of the POM", build.projectProperties(), PREFIXED);
    Optional<List<Path>> named = outside.get("configFiles").map(names -> paths(directory, names));
    // before 7, Maven itself has made files of the plugin's own list
    Path own = build.plugin().atLeast(7) ? directory : build.baseDirectory();
    return named.orElseGet(() -> paths(own, configured("configFiles").orElse("")));
  }

  private Optional<String> configured(String name) {
    return new Layers("flyway")
        .then(build.plugin().where(), build.plugin().configuration(), element -> element)
        .get(name);
  }

  private static List<Path> paths(Path directory, String names) {
    return Arrays.stream(names.split(","))
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .map(directory::resolve)
        .toList();
  }

  private Map<String, String> read(Path file) {
    return FlywayFile.read(file, charset(), build.environment());
  }

  private Charset charset() {
    String name =
        new Layers("flyway")
            .then("the environment", build.environment().variables(), FlywayConnection::variable)
            .then("-Dflyway", build.systemProperties(), PREFIXED)
            .then("-Dflyway", build.userProperties(), PREFIXED)
            .get("configFileEncoding")
            .or(() -> parameters().get("configFileEncoding"))
            .orElse("UTF-8");
    try {
      return Charset.forName(name);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      throw new PgkillFailure(
          "configFileEncoding of Flyway is no encoding that Java knows", "Write UTF-8.", e);
    }
  }
}
