package io.github.pgkill.model.patroni;

import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.InvalidParameter;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/**
 * Where the REST of one Patroni is: scheme, host and port, and nothing else, so that it can be
 * shown.
 *
 * @param tls whether it is {@code https}
 * @param host a name or a numeric address, without brackets
 * @param port its TCP port
 */
public record PatroniUrl(boolean tls, String host, int port) {

  private static final int HTTP = 80;
  private static final int HTTPS = 443;

  /** What Patroni ends the address of a member's REST with. */
  private static final String MEMBER = "/patroni";

  /**
   * Reads one entry of the parameter {@code patroni}.
   *
   * @throws InvalidParameter when it is no base URL; its text, which may hold a password, is not
   *     repeated
   */
  public static PatroniUrl parameter(String entry) {
    return read(entry)
        .orElseThrow(
            () ->
                new InvalidParameter(
                    "patroni",
                    "an entry is not the base URL of a Patroni REST",
                    "Write http://host:8008 or https://host:8008, separated by commas; its user and"
                        + " password come from -Dpgkill.patroniServerId."));
  }

  /** Reads the address that Patroni gives of a member; empty when it is anything else. */
  public static Optional<PatroniUrl> read(String text) {
    try {
      URI uri = new URI(text.trim());
      boolean tls = "https".equalsIgnoreCase(uri.getScheme());
      boolean plain =
          uri.getHost() != null
              && uri.getRawUserInfo() == null
              && uri.getRawQuery() == null
              && uri.getRawFragment() == null
              && uri.getPort() <= 65535
              && uri.getRawPath().replaceFirst("/$", "").matches("|" + MEMBER);
      if (!plain || !(tls || "http".equalsIgnoreCase(uri.getScheme()))) {
        return Optional.empty();
      }
      String host = uri.getHost().replaceAll("[\\[\\]]", "");
      int port = uri.getPort() > 0 ? uri.getPort() : tls ? HTTPS : HTTP;
      return Optional.of(new PatroniUrl(tls, host, port));
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  /** It as a host that guards judge. */
  public HostAddress address() {
    return new HostAddress(host, null, port);
  }

  /** The same with a host as it is dialled. */
  public URI at(String dialled, String path) {
    return URI.create((tls ? "https://" : "http://") + new HostAddress(dialled, null, port) + path);
  }

  @Override
  public String toString() {
    return at(host, "").toString();
  }
}
