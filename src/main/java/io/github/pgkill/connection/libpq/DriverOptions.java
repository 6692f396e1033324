package io.github.pgkill.connection.libpq;

import io.github.pgkill.connection.environment.Origin;
import io.github.pgkill.model.failure.GuardRefusal;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.postgresql.PGProperty;

/**
 * Which connection parameters there are, and what becomes of each: handed to the driver, translated
 * for it, left out with a note, or refused. Names are read without case, so that no spelling slips
 * past. Sources: the driver's {@code PGProperty}, and chapter "Parameter Key Words" of the libpq
 * documentation.
 */
public final class DriverOptions {

  /** Could open a connection of their own, to somewhere the guard never judged. */
  private static final Set<String> REFUSED_BY_GUARD =
      Set.of("socketFactory", "socketFactoryArg", "connectExecutor", "connectExecutorArg");

  /** Reaching the server, TLS and authentication; the driver's names. */
  private static final Set<String> PASSED =
      Set.of(
          "ssl",
          "sslmode",
          "sslcert",
          "sslkey",
          "sslrootcert",
          "sslpassword",
          "sslpasswordcallback",
          "sslfactory",
          "sslfactoryarg",
          "sslhostnameverifier",
          "sslNegotiation",
          "pemKeyAlgorithm",
          "channelBinding",
          "requireAuth",
          "scramMaxIterations",
          "gssEncMode",
          "gssUseDefaultCreds",
          "gsslib",
          "jaasApplicationName",
          "jaasLogin",
          "kerberosServerName",
          "sspiServiceClass",
          "useSpnego",
          "authenticationPluginClassName",
          "targetServerType",
          "loadBalanceHosts",
          "hostRecheckSeconds",
          "tcpKeepAlive",
          "tcpNoDelay",
          "receiveBufferSize",
          "sendBufferSize",
          "localSocketAddress",
          "protocolVersion",
          "ApplicationName",
          "options",
          "groupStartupParameters");

  /** libpq's names for what the driver calls otherwise. */
  private static final Map<String, String> RENAMED =
      Map.of(
          "application_name", "ApplicationName",
          "channel_binding", "channelBinding",
          "gssencmode", "gssEncMode",
          "krbsrvname", "kerberosServerName",
          "require_auth", "requireAuth",
          "connectTimeout", Keywords.CONNECT_TIMEOUT,
          "PGHOST", Keywords.HOST,
          "PGPORT", Keywords.PORT,
          "PGDBNAME", Keywords.DBNAME);

  /** libpq's parameters whose values the driver has other words for. */
  private static final Map<String, Translation> TRANSLATED =
      Map.of(
          "target_session_attrs",
          new Translation(
              "targetServerType",
              Map.of(
                  "any", "any",
                  "read-write", "primary",
                  "primary", "primary",
                  "read-only", "secondary",
                  "standby", "secondary",
                  "prefer-standby", "preferSecondary")),
          "load_balance_hosts",
          new Translation("loadBalanceHosts", Map.of("disable", "false", "random", "true")),
          "keepalives",
          new Translation("tcpKeepAlive", Map.of("0", "false", "1", "true")),
          "requiressl",
          new Translation("sslmode", Map.of("0", "prefer", "1", "require")));

  /** libpq's safeguards that the driver has no counterpart for: left out, they would not guard. */
  private static final Set<String> NOT_TO_BE_HAD =
      Set.of(
          "sslcrl",
          "sslcrldir",
          "sslcertmode",
          "ssl_min_protocol_version",
          "ssl_max_protocol_version",
          "requirepeer",
          "replication",
          "scram_client_key",
          "scram_server_key",
          "oauth_issuer",
          "oauth_client_id",
          "oauth_client_secret",
          "oauth_scope");

  /** libpq's tuning; without it the connection is the same. */
  private static final Set<String> TUNING =
      Set.of(
          "fallback_application_name",
          "client_encoding",
          "keepalives_idle",
          "keepalives_interval",
          "keepalives_count",
          "tcp_user_timeout",
          "sslcompression",
          "sslsni",
          "gssdelegation",
          "min_protocol_version",
          "max_protocol_version",
          "sslkeylogfile",
          "authtype",
          "tty");

  private static final Map<String, String> KNOWN = known();

  private final Origin origin;
  private final List<String> notes;
  private final Map<String, String> properties = new LinkedHashMap<>();

  private DriverOptions(Origin origin, List<String> notes) {
    this.origin = origin;
    this.notes = notes;
  }

  private record Translation(String property, Map<String, String> values) {}

  /** The one name of a parameter, however it is spelled; empty when nobody knows it. */
  public static Optional<String> keyword(String name) {
    return Optional.ofNullable(KNOWN.get(name.toLowerCase(Locale.ROOT)));
  }

  /**
   * The driver's properties for what a source says.
   *
   * @param notes receives a sentence for each parameter that has no effect
   * @throws GuardRefusal for what could connect elsewhere
   */
  public static Map<String, String> translate(Keywords source, List<String> notes) {
    DriverOptions options = new DriverOptions(source.origin(), notes);
    source.options().forEach(options::add);
    return options.properties;
  }

  private void add(String keyword, String value) {
    if (REFUSED_BY_GUARD.contains(keyword)) {
      throw refused(keyword);
    }
    if (NOT_TO_BE_HAD.contains(keyword)) {
      throw origin.failure(
          keyword,
          "sets " + keyword + ", which the PostgreSQL JDBC driver cannot honour",
          "Leave it out for this plugin, or make the connection safe in another way.");
    }
    if (TRANSLATED.containsKey(keyword)) {
      translate(keyword, value);
    } else if (PASSED.contains(keyword)) {
      pass(keyword, value);
    } else {
      notes.add(origin.of(keyword) + " sets " + keyword + ", which has no effect on this plugin");
    }
  }

  private void pass(String keyword, String value) {
    if (keyword.equals("sslfactory") && !value.startsWith("org.postgresql.ssl.")) {
      throw refused(keyword);
    }
    if (keyword.equals("sslrootcert") && value.equals("system")) {
      throw origin.failure(
          keyword,
          "sets sslrootcert=system, which the PostgreSQL JDBC driver does not know",
          "Write sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory for the certificates that"
              + " Java trusts, or name a file.");
    }
    properties.put(keyword, value);
  }

  private void translate(String keyword, String value) {
    Translation translation = Objects.requireNonNull(TRANSLATED.get(keyword), keyword);
    String translated = translation.values().get(value);
    if (translated == null) {
      throw origin.failure(
          keyword,
          "sets " + keyword + " to a value that libpq does not know",
          "Write one of " + translation.values().keySet().stream().sorted().toList() + ".");
    }
    properties.put(translation.property(), translated);
  }

  private GuardRefusal refused(String keyword) {
    return new GuardRefusal(
        origin.of(keyword) + ": " + keyword + " could lead to a server that was never checked",
        "Remove "
            + keyword
            + "; this plugin opens its connections itself."
            + (keyword.startsWith("socketFactory")
                ? " If it is for a Unix socket, write its directory as the host instead:"
                    + " host=/run/postgresql."
                : ""));
  }

  private static Map<String, String> known() {
    Map<String, String> known = new HashMap<>();
    Arrays.stream(PGProperty.values()).forEach(p -> known.put(lower(p.getName()), p.getName()));
    Keywords.OURS.forEach(name -> known.put(lower(name), name));
    TRANSLATED.keySet().forEach(name -> known.put(lower(name), name));
    NOT_TO_BE_HAD.forEach(name -> known.put(lower(name), name));
    TUNING.forEach(name -> known.put(lower(name), name));
    RENAMED.forEach((libpq, name) -> known.put(lower(libpq), name));
    return Map.copyOf(known);
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
