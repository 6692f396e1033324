package io.github.pgkill.connection;

import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.connection.environment.Origin;
import io.github.pgkill.connection.libpq.DefaultHost;
import io.github.pgkill.connection.libpq.DriverOptions;
import io.github.pgkill.connection.libpq.HostList;
import io.github.pgkill.connection.libpq.Keywords;
import io.github.pgkill.connection.libpq.PasswordFile;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.value.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One run of {@link ConnectionResolver}, from the request to the settings. */
final class Resolution {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final String DEFAULT = "default";

  private final ConnectionRequest request;
  private final Environment environment;
  private final List<String> notes = new ArrayList<>();
  private final Map<String, String> origins = new LinkedHashMap<>();
  private final Sources sources;
  private final Keywords target;

  Resolution(ConnectionRequest request, Environment environment) {
    this.request = request;
    this.environment = environment;
    this.sources = Sources.read(request, environment, notes);
    this.target = sources.target(request);
  }

  ResolvedConnection resolve() {
    List<HostAddress> hosts = hosts();
    List<HostAddress> nodes = request.nodes().stream().map(HostList::node).distinct().toList();
    List<HostAddress> dialled = new ArrayList<>(hosts);
    dialled.addAll(nodes);
    String user = user();
    String database = database(user);
    List<String> maintenance = maintenanceDatabases(database);
    ConnectionSettings settings =
        new ConnectionSettings(
            hosts,
            database,
            maintenance,
            user,
            password(hosts, database, maintenance, user),
            options(dialled),
            request.role(),
            connectTimeout(),
            request.waitForServer(),
            inOrder(origins),
            nodes,
            request.poolers().resolve());
    return new ResolvedConnection(settings, notes);
  }

  private static Map<String, String> inOrder(Map<String, String> origins) {
    Map<String, String> sorted = new LinkedHashMap<>();
    for (String value : List.of("host", "database", "user", "password")) {
      sorted.put(value, origins.getOrDefault(value, DEFAULT));
    }
    return sorted;
  }

  private List<HostAddress> hosts() {
    List.of(Keywords.HOSTADDR, Keywords.HOST, Keywords.PORT).stream()
        .filter(keyword -> target.get(keyword).isPresent())
        .findFirst()
        .ifPresent(keyword -> origins.put("host", target.origin().of(keyword)));
    return HostList.of(target, this::defaultHost);
  }

  private String defaultHost(int port) {
    DefaultHost host = DefaultHost.find(environment, port);
    notes.add("no host is named: " + host.name() + ", because " + host.why());
    return host.name();
  }

  private String user() {
    Optional<Keywords> source = sources.first(Keywords.USER);
    if (source.isEmpty()) {
      origins.put("user", "default: the operating system's user");
      return environment.osUser();
    }
    String user = source.get().get(Keywords.USER).orElseThrow();
    origins.put("user", source.get().origin().of(Keywords.USER));
    target
        .get(Keywords.USER)
        .filter(other -> !other.equals(user))
        .ifPresent(
            other ->
                notes.add(
                    origins.get("user") + " wins over the user in " + target.origin().label()));
    return user;
  }

  private String database(String user) {
    String given = request.database();
    if (given != null) {
      origins.put("database", "parameter database");
      return plain(given);
    }
    Optional<String> named = target.get(Keywords.DBNAME);
    if (named.isEmpty() && !request.targetFromEnvironment()) {
      throw new InvalidParameter(
          "database",
          "is not set, and this goal never takes its target from the environment",
          "Name the database in -Dpgkill.url or with -Dpgkill.database.");
    }
    origins.put(
        "database",
        named.isPresent() ? target.origin().of(Keywords.DBNAME) : "default: the user's name");
    return named.orElse(user);
  }

  private static String plain(String database) {
    if (database.matches("(?i)(jdbc:|postgres(ql)?://).*")) {
      throw new InvalidParameter(
          "database", "is a URL, not a name", "Put the URL into -Dpgkill.url.");
    }
    return database;
  }

  private List<String> maintenanceDatabases(String database) {
    String given = request.maintenanceDatabase();
    return given != null
        ? List.of(given)
        : List.copyOf(new LinkedHashSet<>(List.of("postgres", "template1", database)));
  }

  private @Nullable Secret password(
      List<HostAddress> hosts, String database, List<String> maintenance, String user) {
    Optional<Keywords> source = sources.first(Keywords.PASSWORD);
    if (source.isEmpty()) {
      Set<String> databases = new LinkedHashSet<>(List.of(database));
      databases.addAll(maintenance);
      return fromFile(hosts, databases, user);
    }
    origins.put("password", source.get().origin().of(Keywords.PASSWORD));
    source
        .get()
        .get(Keywords.USER)
        .filter(other -> !other.equals(user))
        .ifPresent(
            other ->
                notes.add(
                    "the password comes from "
                        + origins.get("password")
                        + ", which has it beside another user"));
    return source.get().get(Keywords.PASSWORD).map(Secret::new).orElseThrow();
  }

  private @Nullable Secret fromFile(List<HostAddress> hosts, Set<String> databases, String user) {
    Path path =
        option(Keywords.PASSFILE)
            .flatMap(source -> source.get(Keywords.PASSFILE))
            .map(Path::of)
            .orElseGet(() -> environment.userFile(".pgpass", "pgpass.conf"));
    PasswordFile file = new PasswordFile(path);
    file.objection().ifPresent(notes::add);
    Optional<Secret> password =
        hosts.stream()
            .flatMap(host -> databases.stream().map(name -> file.find(host, name, user)))
            .flatMap(Optional::stream)
            .findFirst();
    origins.put("password", password.isPresent() ? "password file " + path : "none");
    return password.orElse(null);
  }

  private Map<String, String> options(List<HostAddress> hosts) {
    Map<String, String> options = new LinkedHashMap<>();
    for (Keywords source : sources.withOptions(target)) {
      Map<String, String> more = DriverOptions.translate(source, notes);
      if (options.containsKey("ssl")) {
        // the driver lets sslmode win, which could undo what an earlier source asks for
        more.remove("sslmode");
      }
      more.forEach(options::putIfAbsent);
    }
    refuseUnverifiable(options, hosts);
    if (hosts.stream().anyMatch(HostAddress::unixSocket)) {
      overUnixSockets(options, hosts);
    }
    return options;
  }

  /**
   * Nothing is encrypted on a Unix socket, where nobody can listen: like libpq we let {@code
   * sslmode} be, and refuse {@code gssEncMode=require}. The driver has one mode for all hosts of a
   * list.
   */
  private void overUnixSockets(Map<String, String> options, List<HostAddress> hosts) {
    if (options.getOrDefault("gssEncMode", "").equalsIgnoreCase("require")) {
      throw new PgkillFailure(
          "gssEncMode=require, but nothing is encrypted on a Unix socket",
          "Leave it out, or name the server by a host name.");
    }
    String mode = options.getOrDefault("sslmode", "");
    boolean demanded =
        Set.of("require", "verify-ca", "verify-full").contains(mode.toLowerCase(Locale.ROOT))
            || mode.isEmpty() && options.containsKey("ssl");
    if (hosts.stream().allMatch(HostAddress::unixSocket)) {
      if (demanded) {
        notes.add("nothing is encrypted on a Unix socket: ssl and sslmode have no effect there");
      }
      options.keySet().removeIf(option -> option.startsWith("ssl"));
      options.put("sslmode", "disable");
      options.put("gssEncMode", "disable");
    } else if (demanded) {
      throw new PgkillFailure(
          "the list of hosts has a Unix socket, on which nothing is encrypted, beside hosts for"
              + " which TLS is demanded, and the PostgreSQL JDBC driver has one sslmode for all",
          "List Unix sockets and other hosts apart.");
    }
  }

  /** The driver checks a certificate against what it dials, so a name beside it would be lost. */
  private void refuseUnverifiable(Map<String, String> options, List<HostAddress> hosts) {
    String mode = options.getOrDefault("sslmode", "");
    boolean byFlag =
        mode.isEmpty() && Set.of("", "true").contains(options.getOrDefault("ssl", "false"));
    boolean renamed = hosts.stream().anyMatch(host -> !Objects.equals(host.dialled(), host.name()));
    if (renamed && (byFlag || mode.equalsIgnoreCase("verify-full"))) {
      throw new PgkillFailure(
          target.origin().of(Keywords.HOSTADDR)
              + ": the PostgreSQL JDBC driver cannot verify a host's name while it dials a"
              + " hostaddr",
          "Leave hostaddr out, or use sslmode=verify-ca.");
    }
  }

  private Optional<Keywords> option(String keyword) {
    return sources.withOptions(target).stream()
        .filter(source -> source.get(keyword).isPresent())
        .findFirst();
  }

  private Duration connectTimeout() {
    Duration given = request.connectTimeout();
    return given != null
        ? given
        : option(Keywords.CONNECT_TIMEOUT).map(this::connectTimeout).orElse(CONNECT_TIMEOUT);
  }

  private Duration connectTimeout(Keywords source) {
    Origin origin = source.origin();
    String text = source.get(Keywords.CONNECT_TIMEOUT).orElseThrow();
    if (!text.matches("-?\\d{1,6}")) {
      throw origin.failure(
          Keywords.CONNECT_TIMEOUT,
          "has a connect timeout that is not a whole number of seconds",
          "Write seconds there, or -Dpgkill.connectTimeout=10s.");
    }
    int seconds = Integer.parseInt(text);
    if (seconds > 0) {
      return Duration.ofSeconds(seconds);
    }
    notes.add(
        origin.of(Keywords.CONNECT_TIMEOUT)
            + " asks to wait for ever; every wait is bounded here, this one by 10s");
    return CONNECT_TIMEOUT;
  }
}
