package io.github.pgkill.connection;

import io.github.pgkill.model.Secret;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The connection that another part of the build uses, for {@code connectionFrom}.
 *
 * @param url a JDBC URL or libpq URI; never printed
 * @param user the role to log in as; null when only the URL may name it
 * @param password its password; null when only the URL may hold it
 * @param origin where it was found, for the log and for errors, such as {@code flyway.url}
 * @param origins where single values were found, by libpq keyword, where that is another place
 */
public record BuildConnection(
    String url,
    @Nullable String user,
    @Nullable Secret password,
    String origin,
    Map<String, String> origins) {

  public BuildConnection {
    origins = Map.copyOf(origins);
  }

  /** A connection whose values come from one place. */
  public BuildConnection(
      String url, @Nullable String user, @Nullable Secret password, String origin) {
    this(url, user, password, origin, Map.of());
  }

  /** Leaves the URL out: it may hold a password. */
  @Override
  public String toString() {
    return "BuildConnection[origin=" + origin + "]";
  }
}
