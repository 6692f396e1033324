package io.github.pgkill.connection.libpq;

import io.github.pgkill.connection.environment.Origin;
import io.github.pgkill.model.failure.PgkillFailure;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads JDBC URLs as the driver would, and libpq's URIs as libpq would, but tells errors without
 * repeating any part of the text: the driver's own reader logs a URL that it cannot read, password
 * included.
 */
public final class ConnectionUrl {

  private static final String JDBC = "jdbc:postgresql:";

  private final Keywords keywords;
  private final List<String> notes;
  private final boolean jdbc;

  private ConnectionUrl(Keywords keywords, List<String> notes, boolean jdbc) {
    this.keywords = keywords;
    this.notes = notes;
    this.jdbc = jdbc;
  }

  /**
   * Reads a URL of either kind.
   *
   * @param notes receives a sentence for each parameter that nobody knows
   * @throws PgkillFailure when it is neither kind, or cannot be read
   */
  public static Keywords read(Origin origin, String url, List<String> notes) {
    Keywords keywords = new Keywords(origin);
    ConnectionUrl reader = new ConnectionUrl(keywords, notes, url.startsWith(JDBC));
    if (reader.jdbc) {
      keywords.stayLocalhost();
      reader.readJdbc(url.substring(JDBC.length()));
    } else if (url.startsWith("postgresql://") || url.startsWith("postgres://")) {
      reader.readUri(url.substring(url.indexOf("://") + 3));
    } else {
      throw reader.failure(
          "is not a PostgreSQL URL",
          "Write jdbc:postgresql://host:5432/database or postgresql://host:5432/database.");
    }
    return keywords;
  }

  private void readJdbc(String text) {
    int question = text.indexOf('?');
    String server = question < 0 ? text : text.substring(0, question);
    if (server.contains("@")) {
      throw failure(
          "has an @ before its parameters",
          "A JDBC URL takes no user:password@: write ?user=...&password=..., or a libpq URI"
              + " postgresql://user:password@host/database.");
    }
    if (server.startsWith("//") && !server.equals("//") && !server.equals("///")) {
      readJdbcServer(server.substring(2));
    } else if (!server.startsWith("/")) {
      putDatabase(server);
    } else if (!server.matches("/{1,3}")) {
      throw slashes();
    }
    readParameters(question < 0 ? "" : text.substring(question + 1));
    if (!keywords.namesServer() && keywords.get(Keywords.SERVICE).isEmpty()) {
      // the driver's own default, so that a JDBC URL means the same here as everywhere
      keywords.put(Keywords.PORT, String.valueOf(HostList.DEFAULT_PORT));
    }
  }

  private void readJdbcServer(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || slash != text.lastIndexOf('/')) {
      throw slashes();
    }
    readAuthority(text.substring(0, slash));
    putDatabase(text.substring(slash + 1));
  }

  private PgkillFailure slashes() {
    return failure(
        "does not have exactly one / between host and database",
        "Write jdbc:postgresql://host:5432/database, a / in the database's name as %2F.");
  }

  private void readUri(String text) {
    int end = 0;
    while (end < text.length() && "/?".indexOf(text.charAt(end)) < 0) {
      end++;
    }
    String authority = text.substring(0, end);
    int at = authority.indexOf('@');
    if (text.indexOf('@') != at || text.indexOf('@', at + 1) >= 0) {
      throw failure(
          "has an @ in a place where its reader would take it for another part",
          "Write @, /, ? and : in a user, password or database as %40, %2F, %3F and %3A.");
    }
    if (at >= 0) {
      readUserInfo(authority.substring(0, at));
    }
    readAuthority(authority.substring(at + 1));
    int question = text.indexOf('?', end);
    String path = text.substring(end, question < 0 ? text.length() : question);
    if (path.lastIndexOf('/') > 0) {
      throw failure("has more than one / behind the host", "Write / in a database's name as %2F.");
    }
    putDatabase(path.isEmpty() ? "" : path.substring(1));
    readParameters(question < 0 ? "" : text.substring(question + 1));
  }

  private void readUserInfo(String text) {
    int colon = text.indexOf(':');
    putIfSaid(Keywords.USER, decode(colon < 0 ? text : text.substring(0, colon)));
    if (colon >= 0) {
      putIfSaid(Keywords.PASSWORD, decode(text.substring(colon + 1)));
    }
  }

  private void readAuthority(String text) {
    List<String> hosts = new ArrayList<>();
    List<String> ports = new ArrayList<>();
    for (String element : text.split(",", -1)) {
      int colon = element.lastIndexOf(':');
      boolean port = colon > element.lastIndexOf(']');
      String host = port ? element.substring(0, colon) : element;
      hosts.add(jdbc && host.isEmpty() && port ? HostList.DEFAULT_HOST : host(host));
      ports.add(port ? element.substring(colon + 1) : "");
    }
    if (hosts.size() > 1 || !hosts.get(0).isEmpty()) {
      keywords.put(Keywords.HOST, String.join(",", hosts));
    }
    if (ports.stream().anyMatch(port -> !port.isEmpty())) {
      keywords.put(Keywords.PORT, String.join(",", ports));
    }
  }

  /** A directory has to be encoded; the driver encodes no hosts, as it knows no directories. */
  private String host(String text) {
    return jdbc && !text.regionMatches(true, 0, "%2F", 0, "%2F".length()) ? text : decode(text);
  }

  private void putDatabase(String text) {
    putIfSaid(Keywords.DBNAME, decode(text));
  }

  private void putIfSaid(String keyword, String value) {
    if (!value.isEmpty()) {
      keywords.put(keyword, value);
    }
  }

  private void readParameters(String text) {
    String[] tokens = text.isEmpty() ? new String[0] : text.split("&", -1);
    for (int i = 0; i < tokens.length; i++) {
      if (!tokens[i].isEmpty()) {
        readParameter(tokens[i], i + 1);
      }
    }
  }

  private void readParameter(String token, int position) {
    int equals = token.indexOf('=');
    String name = equals < 0 ? token : token.substring(0, equals);
    DriverOptions.keyword(jdbc ? name : decode(name))
        .ifPresentOrElse(
            keyword -> keywords.put(keyword, equals < 0 ? "" : decode(token.substring(equals + 1))),
            () -> unknownParameter(position));
  }

  /** Says where, not what: a password with a bare {@code &} in it ends up here. */
  private void unknownParameter(int position) {
    String problem = "has a parameter that nobody knows, the one at position " + position;
    String remedy = "If it is part of a password, write & in it as %26.";
    if (!jdbc) {
      throw failure(problem, remedy);
    }
    notes.add(keywords.origin().label() + " " + problem + "; it has no effect. " + remedy);
  }

  /** JDBC URLs are form-encoded, where a plus is a space; libpq's URIs are only percent-encoded. */
  private String decode(String text) {
    try {
      return URLDecoder.decode(jdbc ? text : text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw failure(
          "has a % that is not followed by two hexadecimal digits", "Write % itself as %25.");
    }
  }

  private PgkillFailure failure(String problem, String remedy) {
    return keywords.origin().failure(Keywords.HOST, problem, remedy);
  }
}
