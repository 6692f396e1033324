package io.github.pgkill.connection.spring;

import io.github.pgkill.connection.build.BuildConnection;
import io.github.pgkill.connection.build.BuildContext;
import io.github.pgkill.connection.spring.SpringEnvironment.Value;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.value.Secret;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the data source that Spring Boot would make for the application. Whatever could make it
 * another one is refused: this never answers with a database that Spring does not take.
 */
public final class SpringConnection {

  private static final String PREFIX = "spring.datasource.";
  private static final String HIKARI = PREFIX + "hikari.";
  private static final String POOL = "com.zaxxer.hikari.HikariDataSource";
  private static final String INSTEAD = "Give -Dpgkill.url instead of connectionFrom.";

  /** What names a server, a database or a user, below the settings of a pool or a data source. */
  private static final Pattern TARGET =
      Pattern.compile(
          "(jdbc)?url|user(name)?|password|jndiname"
              + "|(servername|portnumber|database|pgdbname|pghost|pgport|service|host|port).*");

  private static final Pattern OVERRIDING =
      Pattern.compile("hikari(datasourceclassname|datasourcejndi).*");

  private final BuildContext build;
  private final SpringEnvironment environment;

  private SpringConnection(BuildContext build) {
    this.build = build;
    this.environment = SpringConfiguration.read(build);
  }

  public static BuildConnection read(BuildContext build) {
    SpringRefusals.before(build);
    BuildConnection built = new SpringConnection(build).read();
    refuseStale(built, build);
    return built;
  }

  /** What filtering wrote for another Maven profile, or yesterday, is another database. */
  private static void refuseStale(BuildConnection built, BuildContext build) {
    BuildConnection source;
    try {
      source = new SpringConnection(build.withSpring(build.spring().notBuilt())).read();
    } catch (PgkillFailure e) {
      // what cannot be told from the sources alone is as it was built
      return;
    }
    if (!source.url().equals(built.url()) || !Objects.equals(source.user(), built.user())) {
      throw new PgkillFailure(
          built.origin()
              + " is another connection than "
              + source.origin()
              + " with this build's"
              + " properties",
          "Run process-resources before, or give -Dpgkill.url.");
    }
  }

  private BuildConnection read() {
    Value url = text("url").orElseThrow(this::none);
    refuseOtherSources();
    url = hikari("jdbc-url").orElse(url);
    refuseOtherDatabases(url);
    Optional<Value> user = inUrl(url, "user") ? Optional.empty() : credential("username");
    Optional<Value> password = inUrl(url, "password") ? Optional.empty() : credential("password");
    return new BuildConnection(
        url.text(),
        user.map(Value::text).orElse(null),
        password.map(Value::text).map(Secret::new).orElse(null),
        origin(url),
        user.map(this::origin).orElse(origin(url)),
        password.map(this::origin).orElse(origin(url)));
  }

  /** Blank is not set, for Spring's own three. */
  private Optional<Value> text(String name) {
    return get(PREFIX + name).filter(value -> !value.text().isBlank());
  }

  private Optional<Value> credential(String name) {
    Optional<Value> own = hikari(name);
    if (own.filter(value -> value.text().isEmpty()).isPresent()) {
      throw refused(own.get().name() + " in " + own.get().source() + " is empty");
    }
    return own.or(() -> text(name));
  }

  /** The pool's own settings are bound after Spring's and win. */
  private Optional<Value> hikari(String name) {
    return get(HIKARI + name);
  }

  private Optional<Value> get(String name) {
    Optional<Value> value = environment.get(name);
    value.ifPresent(this::refuseUnreadable);
    return value;
  }

  private void refuseUnreadable(Value value) {
    if (value.text().startsWith("ENC(") || value.text().startsWith("{cipher}")) {
      throw refused(value.name() + " in " + value.source() + " is encrypted");
    }
    if (Pattern.compile("@[\\w.-]+@").matcher(value.text()).find()) {
      throw refused(
          value.name()
              + " in "
              + value.source()
              + " has @...@ that nothing in the project replaces");
    }
  }

  /** The driver lets the URL win over what it is given beside it. */
  private static boolean inUrl(Value url, String name) {
    return Pattern.compile("[?&]" + name + "=").matcher(url.text()).find();
  }

  private void refuseOtherSources() {
    Map<String, String> names = environment.below("spring.datasource");
    names.forEach(this::refuseOtherSource);
    environment
        .below("spring.r2dbc")
        .forEach(
            (name, source) -> {
              if (name.equals("url")) {
                throw refused(source + " has spring.r2dbc.url beside spring.datasource.url");
              }
            });
    boolean otherPool = get(PREFIX + "type").filter(type -> !type.text().equals(POOL)).isPresent();
    if (otherPool && names.keySet().stream().anyMatch(name -> name.startsWith("hikari."))) {
      throw refused("spring.datasource.type is another pool than the one that hikari.* is for");
    }
    SpringRefusals.after(build, environment);
  }

  /** Variables have dots where other names have dashes, so that dots are left out. */
  private void refuseOtherSource(String name, String source) {
    int dot = name.indexOf('.');
    String owner = dot < 0 ? "" : name.substring(0, dot);
    String setting = name.substring(name.lastIndexOf('.') + 1);
    if (name.replace(".", "").equals("jndiname")
        || OVERRIDING.matcher(name.replace(".", "")).matches()) {
      throw refused(source + " has spring.datasource." + name + ", which wins over the URL");
    }
    if (!owner.isEmpty()
        && !owner.equals("xa")
        && !name.matches("hikari\\.(jdbc\\.?url|user\\.?name|password)|user\\.name|generate\\..*")
        && TARGET.matcher(setting).matches()) {
      throw refused(source + " has a second data source or pool, spring.datasource." + name);
    }
  }

  private void refuseOtherDatabases(Value url) {
    if (url.text().startsWith("jdbc:postgresql:")) {
      return;
    }
    Matcher scheme =
        Pattern.compile("(jdbc:(tc:)?[\\w+-]+):.*", Pattern.DOTALL).matcher(url.text());
    String kind = scheme.matches() ? "a " + scheme.group(1) + " URL" : "not a jdbc:postgresql: URL";
    String cause = url.text().startsWith("jdbc:tc:") ? ": Testcontainers starts that database" : "";
    throw refused(origin(url) + " is " + kind + cause);
  }

  private String origin(Value value) {
    return value.name() + " in " + value.source() + " (" + environment.inForce() + ")";
  }

  private InvalidParameter none() {
    Set<String> seen = new TreeSet<>(new SpringFiles(build).profilesWithFiles());
    seen.addAll(environment.otherProfiles());
    List<String> urls = environment.urls();
    String problem =
        "this build configures no url for spring: there is no spring.datasource.url with "
            + environment.inForce()
            + (seen.isEmpty() ? "" : "; profiles seen: " + String.join(", ", seen))
            + (urls.isEmpty() ? "" : "; keys that end in url: " + String.join(", ", urls));
    return new InvalidParameter(
        "connectionFrom",
        problem,
        (seen.isEmpty() ? "Configure one" : "Choose a profile with -Dspring.profiles.active=...")
            + ", or give -Dpgkill.url.");
  }

  private static PgkillFailure refused(String problem) {
    return new PgkillFailure(problem, INSTEAD);
  }
}
