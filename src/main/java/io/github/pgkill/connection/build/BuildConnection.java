package io.github.pgkill.connection.build;

import io.github.pgkill.model.value.Secret;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The connection that another part of the build uses, for {@code connectionFrom}.
 *
 * @param url a JDBC URL or libpq URI; never printed
 * @param user the role to log in as; null when only the URL may name it
 * @param password its password; null when only the URL may hold it
 * @param origin where the URL was found, for the log and for errors
 * @param userOrigin where the user was found
 * @param passwordOrigin where the password was found
 */
public record BuildConnection(
    String url,
    @Nullable String user,
    @Nullable Secret password,
    String origin,
    String userOrigin,
    String passwordOrigin) {

  /** One that was found in a single place. */
  public BuildConnection(
      String url, @Nullable String user, @Nullable Secret password, String origin) {
    this(url, user, password, origin, origin, origin);
  }

  /** Whether both lead to the same database, as the same role. */
  public boolean sameAs(BuildConnection other) {
    return url.equals(other.url)
        && Objects.equals(user, other.user)
        && Objects.equals(password, other.password);
  }

  /** Leaves the URL out: it may hold a password. */
  @Override
  public String toString() {
    return "BuildConnection[origin=" + origin + "]";
  }
}
