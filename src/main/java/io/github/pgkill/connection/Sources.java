package io.github.pgkill.connection;

import io.github.pgkill.connection.build.BuildConnection;
import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.connection.environment.Origin;
import io.github.pgkill.connection.environment.ServerCredentials;
import io.github.pgkill.connection.libpq.ConnectionUrl;
import io.github.pgkill.connection.libpq.Keywords;
import io.github.pgkill.connection.libpq.LibpqEnvironment;
import io.github.pgkill.connection.libpq.ServiceFile;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.value.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The sources of a connection, read, in the contract's order.
 *
 * @param explicit those that the build or the command line wrote down
 * @param inherited those that the process found around it: the service that {@code PGSERVICE}
 *     names, and the environment, which is the last and never missing
 */
record Sources(List<Keywords> explicit, List<Keywords> inherited) {

  static Sources read(ConnectionRequest request, Environment environment, List<String> notes) {
    List<Keywords> explicit = new ArrayList<>();
    explicit.add(parameters(request));
    url(request, environment, notes).ifPresent(explicit::add);
    server(request.server()).ifPresent(explicit::add);
    explicit.addAll(build(request.buildConnection(), environment, notes));
    Keywords variables = LibpqEnvironment.read(environment);
    List<Keywords> inherited = new ArrayList<>();
    service(variables, variables, environment).ifPresent(inherited::add);
    inherited.add(variables);
    return new Sources(explicit, inherited);
  }

  List<Keywords> all() {
    List<Keywords> all = new ArrayList<>(explicit);
    all.addAll(inherited);
    return all;
  }

  Keywords environment() {
    return inherited.get(inherited.size() - 1);
  }

  /**
   * The sources whose options count: those up to the target's, which would have named another had
   * they wished, and the environment.
   */
  List<Keywords> withOptions(Keywords target) {
    List<Keywords> all = all();
    int last = all.contains(target) ? all.indexOf(target) : all.size() - 1;
    List<Keywords> counting = new ArrayList<>(all.subList(0, last + 1));
    if (!counting.contains(environment())) {
      counting.add(environment());
    }
    return counting;
  }

  /** The first source that has this keyword. */
  Optional<Keywords> first(String keyword) {
    return all().stream().filter(source -> source.get(keyword).isPresent()).findFirst();
  }

  private static Keywords parameters(ConnectionRequest request) {
    Map<String, String> labels =
        Map.of(Keywords.USER, "parameter user", Keywords.PASSWORD, "parameter password");
    return credentials(new Origin("parameters", null, labels), request.user(), request.password());
  }

  private static Optional<Keywords> url(
      ConnectionRequest request, Environment environment, List<String> notes) {
    return Optional.ofNullable(request.url())
        .map(url -> url(Origin.parameter("url"), url, environment, notes));
  }

  private static Keywords url(
      Origin origin, String url, Environment environment, List<String> notes) {
    return withService(ConnectionUrl.read(origin, url, notes), environment);
  }

  private static Keywords withService(Keywords keywords, Environment environment) {
    service(keywords, LibpqEnvironment.read(environment), environment)
        .ifPresent(keywords::complete);
    return keywords;
  }

  /** What libpq reads in a URL, and the driver of the tools does not. */
  private static void refuseLibpqs(Keywords url, String origin) {
    boolean address = url.get(Keywords.HOSTADDR).isPresent();
    String hosts = url.get(Keywords.HOST).orElse("");
    if (address || hosts.startsWith("/") || hosts.contains(",/")) {
      throw new PgkillFailure(
          origin
              + " has "
              + (address ? "hostaddr" : "a Unix socket")
              + " in its URL, which the driver of the tools does not read as this plugin does",
          "Name the server by a host name: jdbc:postgresql://host:port/database, or give this"
              + " goal a -Dpgkill.url of its own.");
    }
  }

  private static Optional<Keywords> server(@Nullable ServerCredentials server) {
    return Optional.ofNullable(server)
        .map(
            entry ->
                credentials(
                    Origin.named("server \"" + entry.serverId() + "\" of settings.xml"),
                    entry.username(),
                    entry.password()));
  }

  private static List<Keywords> build(
      @Nullable BuildConnection build, Environment environment, List<String> notes) {
    if (build == null) {
      return List.of();
    }
    Map<String, String> labels =
        Map.of(Keywords.USER, build.userOrigin(), Keywords.PASSWORD, build.passwordOrigin());
    // the driver that the tools use lets what stands in the URL win
    Keywords url = ConnectionUrl.read(Origin.named(build.origin()), build.url(), notes);
    refuseLibpqs(url, build.origin());
    withService(url, environment);
    if (url.get(Keywords.DBNAME).isEmpty()
        && url.get(Keywords.USER).isEmpty()
        && build.user() == null) {
      throw new PgkillFailure(
          build.origin() + " names neither a database nor a user",
          "Name the database in it, or give -Dpgkill.url.");
    }
    return List.of(
        url, credentials(new Origin(build.origin(), null, labels), build.user(), build.password()));
  }

  private static Keywords credentials(
      Origin origin, @Nullable String user, @Nullable Secret password) {
    Keywords keywords = new Keywords(origin);
    if (user != null) {
      keywords.put(Keywords.USER, user);
    }
    if (password != null) {
      keywords.put(Keywords.PASSWORD, password.reveal());
    }
    return keywords;
  }

  /** The service that a source names, from the file that it names or else the environment. */
  private static Optional<Keywords> service(
      Keywords source, Keywords variables, Environment environment) {
    @Nullable String file =
        source
            .get(Keywords.SERVICE_FILE)
            .or(() -> variables.get(Keywords.SERVICE_FILE))
            .orElse(null);
    return source
        .get(Keywords.SERVICE)
        .map(service -> ServiceFile.read(environment, service, file));
  }

  /**
   * The source that says which server and database is meant: the first that names any of them.
   *
   * @throws InvalidParameter when only inherited ones do, or none, and the request forbids that
   */
  Keywords target(ConnectionRequest request) {
    Optional<Keywords> named = all().stream().filter(Keywords::namesTarget).findFirst();
    boolean forbidden =
        named.map(inherited::contains).orElse(request.database() == null)
            && !request.targetFromEnvironment();
    if (forbidden) {
      throw new InvalidParameter(
          "url",
          "is not set, and this goal never takes its target from the environment",
          "Add -Dpgkill.url=jdbc:postgresql://host:5432/database.");
    }
    return named.orElseGet(() -> new Keywords(Origin.named("default")));
  }
}
