package io.github.pgkill.maven.build;

import io.github.pgkill.connection.environment.ServerCredentials;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.patroni.PatroniAccess;
import io.github.pgkill.model.patroni.PatroniUrl;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads {@code patroni} and {@code patroniServerId}. */
public final class PatroniParameters {

  /** Bound on one question. */
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private PatroniParameters() {}

  /**
   * How Patroni is asked; null where no address of it is named.
   *
   * @throws InvalidParameter when an address is none, or the server has no user or password
   */
  public static @Nullable PatroniAccess read(
      List<String> urls, @Nullable String serverId, Credentials credentials) {
    if (urls.isEmpty()) {
      if (serverId != null) {
        throw new InvalidParameter(
            "patroniServerId",
            "is of no use without an address of Patroni",
            "Name it: -Dpgkill.patroni=http://host:8008");
      }
      return null;
    }
    List<PatroniUrl> addresses = urls.stream().map(PatroniUrl::parameter).distinct().toList();
    if (serverId == null) {
      return new PatroniAccess(addresses, null, null, TIMEOUT);
    }
    ServerCredentials server = credentials.of("patroniServerId", serverId);
    if (server.username() == null || server.password() == null) {
      throw new InvalidParameter(
          "patroniServerId",
          "server " + serverId + " of settings.xml lacks a user name or a password",
          "Add <username> and <password> to it.");
    }
    return new PatroniAccess(addresses, server.username(), server.password(), TIMEOUT);
  }
}
