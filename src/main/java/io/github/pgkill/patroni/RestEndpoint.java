package io.github.pgkill.patroni;

import io.github.pgkill.model.patroni.PatroniUrl;
import java.net.InetAddress;
import java.net.URI;

/**
 * One Patroni's REST, and the address that a guard lets it lead to. Without TLS that very address
 * is dialled, whatever the name leads to by then; with TLS the name is, because the certificate has
 * to bear it.
 *
 * @param url as it is written
 * @param address what its host led to when it was judged
 */
public record RestEndpoint(PatroniUrl url, InetAddress address) {

  URI uri(String path) {
    return url.at(url.tls() ? url.host() : address.getHostAddress(), path);
  }

  /** Whether a password may go there: nobody on the way reads it, and it is who it says. */
  public boolean mayHearSecrets() {
    return url.tls() || address.isLoopbackAddress();
  }
}
