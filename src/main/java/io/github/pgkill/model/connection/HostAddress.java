package io.github.pgkill.model.connection;

import org.jspecify.annotations.Nullable;

/**
 * One host of a connection.
 *
 * @param name the host as the source wrote it, brackets of an IPv6 address removed
 * @param address the numeric address given beside it ({@code hostaddr}, {@code PGHOSTADDR}), which
 *     is what is dialled when present
 * @param port TCP port, 1 to 65535
 */
public record HostAddress(String name, @Nullable String address, int port) {

  /** The host that is really dialled. */
  public String dialled() {
    return address == null ? name : address;
  }

  /** The server that answers there. */
  public Node node() {
    return new Node(dialled(), port);
  }

  /** {@code host:port} as it is dialled, an IPv6 address in brackets. */
  @Override
  public String toString() {
    return node().toString();
  }
}
