package io.github.pgkill.connection.libpq;

import io.github.pgkill.connection.environment.Origin;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What one source says, by the names that libpq or the driver has for it, each said once. */
public final class Keywords {

  public static final String HOST = "host";
  public static final String HOSTADDR = "hostaddr";
  public static final String PORT = "port";
  public static final String DBNAME = "dbname";
  public static final String USER = "user";
  public static final String PASSWORD = "password";
  public static final String PASSFILE = "passfile";
  public static final String SERVICE = "service";
  public static final String SERVICE_FILE = "servicefile";
  public static final String CONNECT_TIMEOUT = "connect_timeout";

  /** What names a server; these belong together and are never mixed from two sources. */
  public static final Set<String> SERVER = Set.of(HOST, HOSTADDR, PORT);

  /** What says where to go and as whom; everything else is an option of the driver. */
  public static final Set<String> OURS =
      Set.of(
          HOST,
          HOSTADDR,
          PORT,
          DBNAME,
          USER,
          PASSWORD,
          PASSFILE,
          SERVICE,
          SERVICE_FILE,
          CONNECT_TIMEOUT);

  private final Origin origin;
  private final Map<String, String> values = new LinkedHashMap<>();
  private boolean staysLocalhost;

  public Keywords(Origin origin) {
    this.origin = origin;
  }

  public Origin origin() {
    return origin;
  }

  /** Adds a value; refuses a second one, because readers disagree on which of the two counts. */
  public void put(String keyword, String value) {
    if (value.indexOf('\0') >= 0) {
      throw origin.failure(keyword, "has a NUL character in " + keyword, "Remove %00.");
    }
    if (values.putIfAbsent(keyword, value) != null) {
      throw origin.failure(
          keyword,
          "says " + keyword + " twice",
          "Say it once, so that it is plain which is meant.");
    }
  }

  /** A value; an empty one says nothing. */
  public Optional<String> get(String keyword) {
    return Optional.ofNullable(values.get(keyword)).filter(value -> !value.isEmpty());
  }

  /** Makes localhost its host where it names none, as for the driver. */
  void stayLocalhost() {
    staysLocalhost = true;
  }

  boolean staysLocalhost() {
    return staysLocalhost;
  }

  boolean namesServer() {
    return SERVER.stream().anyMatch(keyword -> get(keyword).isPresent());
  }

  public boolean namesTarget() {
    return namesServer() || get(DBNAME).isPresent();
  }

  /** What is meant for the driver, in the order it was said. */
  public Map<String, String> options() {
    Map<String, String> options = new LinkedHashMap<>(values);
    options.keySet().removeAll(OURS);
    return options;
  }

  /** Adds what another source says and this one does not, the server as a whole or not at all. */
  public void complete(Keywords other) {
    boolean keepServer = namesServer();
    other.values.forEach(
        (keyword, value) -> {
          if (!keepServer || !SERVER.contains(keyword)) {
            values.putIfAbsent(keyword, value);
          }
        });
  }
}
