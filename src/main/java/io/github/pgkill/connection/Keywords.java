package io.github.pgkill.connection;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What one source says, by the names that libpq or the driver has for it, each said once. */
final class Keywords {

  static final String HOST = "host";
  static final String HOSTADDR = "hostaddr";
  static final String PORT = "port";
  static final String DBNAME = "dbname";
  static final String USER = "user";
  static final String PASSWORD = "password";
  static final String PASSFILE = "passfile";
  static final String SERVICE = "service";
  static final String SERVICE_FILE = "servicefile";
  static final String CONNECT_TIMEOUT = "connect_timeout";

  /** What names a server; these belong together and are never mixed from two sources. */
  static final Set<String> SERVER = Set.of(HOST, HOSTADDR, PORT);

  /** What says where to go and as whom; everything else is an option of the driver. */
  static final Set<String> OURS =
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

  Keywords(Origin origin) {
    this.origin = origin;
  }

  Origin origin() {
    return origin;
  }

  /** Adds a value; refuses a second one, because readers disagree on which of the two counts. */
  void put(String keyword, String value) {
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
  Optional<String> get(String keyword) {
    return Optional.ofNullable(values.get(keyword)).filter(value -> !value.isEmpty());
  }

  boolean namesServer() {
    return SERVER.stream().anyMatch(keyword -> get(keyword).isPresent());
  }

  boolean namesTarget() {
    return namesServer() || get(DBNAME).isPresent();
  }

  /** What is meant for the driver, in the order it was said. */
  Map<String, String> options() {
    Map<String, String> options = new LinkedHashMap<>(values);
    options.keySet().removeAll(OURS);
    return options;
  }

  /** Adds what another source says and this one does not, the server as a whole or not at all. */
  void complete(Keywords other) {
    boolean keepServer = namesServer();
    other.values.forEach(
        (keyword, value) -> {
          if (!keepServer || !SERVER.contains(keyword)) {
            values.putIfAbsent(keyword, value);
          }
        });
  }
}
