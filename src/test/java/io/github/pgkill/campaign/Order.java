package io.github.pgkill.campaign;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What somebody types: {@code mvn pgkill:GOAL... -Dpgkill.PROPERTY=VALUE...}
 *
 * @param properties without {@code pgkill.}
 */
record Order(List<String> goals, Map<String, String> properties) {

  static final String DROP = "drop-database";
  static final String RECREATE = "recreate-database";

  Order {
    goals = List.copyOf(goals);
    properties = new TreeMap<>(properties);
  }

  /** Opens all that is closed, as whoever may do so. */
  static Order restoreAll() {
    return new Order(List.of("restore-connect"), Map.of("database", "*", "user", "postgres"));
  }

  Order through(int port) {
    Map<String, String> more = new TreeMap<>(properties);
    more.put("url", "jdbc:postgresql://127.0.0.1:" + port + "/postgres");
    return new Order(goals, more);
  }

  String database() {
    return properties.getOrDefault("database", "*");
  }

  boolean drops() {
    return goals.contains(DROP) && !rehearses();
  }

  boolean recreates() {
    return goals.contains(RECREATE) && !rehearses();
  }

  boolean keepsClosed() {
    return "never".equals(properties.get("reopen"));
  }

  private boolean rehearses() {
    return "true".equals(properties.get("dryRun"));
  }

  /** As {@link io.github.pgkill.maven.goal.SteeredBuild} reads it. */
  String line() {
    StringBuilder line = new StringBuilder(String.join(",", goals));
    properties.forEach(
        (name, value) ->
            line.append("&pgkill.")
                .append(name)
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
    return line.toString();
  }

  @Override
  public String toString() {
    return "mvn " + goals + " " + properties;
  }
}
