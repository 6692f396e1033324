package io.github.pgkill.host.dump;

import io.github.pgkill.model.connection.DialledServer;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.value.Secret;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A connection as libpq's environment, for a program that has to reach the very server that the
 * guard judged. Nothing of the build's own {@code PG*} variables remains, because each could lead
 * elsewhere. ("Environment Variables" in the libpq documentation.)
 *
 * <p>The password goes with it: a process's environment is open to its own user and to root alone,
 * who could read the build's memory just as well, and it is gone with the process. A password file
 * would stay behind when the build is killed, and cannot hold every password.
 *
 * <p>What libpq cannot be told is refused: a connection that leaves a safeguard out is not the one
 * that was asked for.
 */
final class ClientEnvironment {

  /** Options of the driver that libpq has by another name. */
  private static final Map<String, String> VARIABLES =
      Map.of(
          "sslmode", "PGSSLMODE",
          "sslcert", "PGSSLCERT",
          "sslkey", "PGSSLKEY",
          "sslrootcert", "PGSSLROOTCERT",
          "sslNegotiation", "PGSSLNEGOTIATION",
          "channelBinding", "PGCHANNELBINDING",
          "requireAuth", "PGREQUIREAUTH",
          "gssEncMode", "PGGSSENCMODE",
          "kerberosServerName", "PGKRBSRVNAME",
          "options", "PGOPTIONS");

  /** Words of an option, which libpq knows in lower case only. */
  private static final Set<String> WORDS =
      Set.of("sslmode", "sslNegotiation", "channelBinding", "gssEncMode");

  /** Options that libpq has learned late, and the release that did: an older one ignores them. */
  private static final Map<String, Integer> SINCE =
      Map.of("channelBinding", 13, "requireAuth", 16, "sslNegotiation", 17);

  /** Without these it is the same connection: tuning, the choice among hosts, our own name. */
  private static final Set<String> NEEDLESS =
      Set.of(
          "ApplicationName",
          "targetServerType",
          "loadBalanceHosts",
          "hostRecheckSeconds",
          "tcpKeepAlive",
          "tcpNoDelay",
          "receiveBufferSize",
          "sendBufferSize",
          "protocolVersion",
          "groupStartupParameters",
          "pemKeyAlgorithm");

  /** What the driver does without being told. */
  private static final String VALIDATING = "org.postgresql.ssl.LibPQFactory";

  private static final String TRUSTING = "org.postgresql.ssl.NonValidatingFactory";

  /** No file has such a name: libpq must not look for a password of its own. */
  private static final String NO_FILE = "/nonexistent/pgkill-no-password-file";

  /** What a database or role presets and a program overrides only with its first statements. */
  private static final String PINS =
      "-c local_preload_libraries= -c statement_timeout=0 -c lock_timeout=0"
          + " -c default_transaction_read_only=off -c default_transaction_deferrable=off";

  private final DialledServer server;
  private final Map<String, @Nullable String> variables = new TreeMap<>();

  private ClientEnvironment(DialledServer server) {
    this.server = server;
  }

  /**
   * What the program's environment differs by from ours.
   *
   * @param database the database to connect to; null when an argument says it
   * @throws PgkillFailure naming what cannot be handed over
   */
  static Map<String, @Nullable String> of(DialledServer server, @Nullable String database) {
    ClientEnvironment environment = new ClientEnvironment(server);
    environment.takeAway();
    environment.connection(database);
    server.settings().driverProperties().forEach(environment::option);
    environment.variables.merge("PGOPTIONS", PINS, (own, pins) -> own + " " + pins);
    environment.tls();
    environment.variables.forEach(ClientEnvironment::requireExpressible);
    return environment.variables;
  }

  /**
   * Refuses a tool that would leave a safeguard out because it is too old to know it.
   *
   * @param major of the tool
   */
  static void requireHonoured(DialledServer server, String tool, int major) {
    SINCE.forEach(
        (option, since) -> {
          if (major < since && server.settings().driverProperties().containsKey(option)) {
            throw new PgkillFailure(
                "the connection asks for " + option + ", which " + tool + " does not know",
                "Install the client programs of PostgreSQL " + since + " or later.");
          }
        });
  }

  private void takeAway() {
    System.getenv().keySet().stream()
        .filter(name -> name.toUpperCase(Locale.ROOT).startsWith("PG"))
        .forEach(name -> variables.put(name, null));
    // so that its messages are those that are looked for
    variables.put("LC_ALL", "C");
  }

  private void connection(@Nullable String database) {
    variables.put("PGHOST", server.host().name());
    if (server.address() != null) {
      variables.put("PGHOSTADDR", server.address());
    }
    variables.put("PGPORT", Integer.toString(server.host().port()));
    variables.put("PGUSER", server.settings().user());
    if (database != null) {
      variables.put("PGDATABASE", database);
    }
    Secret password = server.settings().password();
    if (password != null && !password.reveal().isEmpty()) {
      variables.put("PGPASSWORD", password.reveal());
    }
    variables.put("PGPASSFILE", NO_FILE);
    long seconds = Math.max(2, server.settings().connectTimeout().toSeconds());
    variables.put("PGCONNECT_TIMEOUT", Long.toString(seconds));
  }

  private void option(String name, String value) {
    String variable = VARIABLES.get(name);
    if (variable != null) {
      variables.put(variable, WORDS.contains(name) ? value.toLowerCase(Locale.ROOT) : value);
    } else if (!NEEDLESS.contains(name) && !List.of("ssl", "sslfactory").contains(name)) {
      throw refused(name);
    }
  }

  private void tls() {
    Map<String, String> options = server.settings().driverProperties();
    String factory = options.getOrDefault("sslfactory", VALIDATING);
    boolean trusting = factory.equals(TRUSTING);
    if (!trusting && !factory.equals(VALIDATING)) {
      throw refused("sslfactory");
    }
    boolean flag = List.of("", "true").contains(options.getOrDefault("ssl", "false"));
    if (flag && !options.containsKey("sslmode")) {
      // the driver's reading of ssl=true
      variables.put("PGSSLMODE", trusting ? "require" : "verify-full");
    }
    if (options.getOrDefault("sslkey", "").matches("(?i).*\\.(p12|pfx)")) {
      throw refused("an sslkey in PKCS #12");
    }
    if ("allow".equals(variables.get("PGGSSENCMODE"))) {
      // libpq has no such word; it encrypts where the driver would encrypt at last
      variables.put("PGGSSENCMODE", "prefer");
    }
  }

  private static PgkillFailure refused(String what) {
    return new PgkillFailure(
        "the connection has " + what + ", which pg_dump and pg_restore cannot be given",
        "Leave it out for this goal, or make the connection safe in another way, such as sslmode"
            + " with sslrootcert, sslcert and sslkey files in PEM.");
  }

  /** Java turns what the locale cannot express into question marks: another name, maybe. */
  private static void requireExpressible(String variable, @Nullable String value) {
    if (value != null && !expressible(value)) {
      throw new PgkillFailure(
          "what belongs into "
              + variable
              + " cannot be handed to a program in this build's locale without being changed",
          "Start Maven in a UTF-8 locale, such as LC_ALL=C.UTF-8.");
    }
  }

  /** Whether a program would be given this text as the server knows it, in UTF-8. */
  static boolean expressible(String text) {
    Charset handedOver = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    return text.indexOf('\0') < 0
        && handedOver.newEncoder().canEncode(text)
        && Arrays.equals(text.getBytes(handedOver), text.getBytes(StandardCharsets.UTF_8));
  }
}
