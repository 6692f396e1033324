package io.github.pgkill.model.connection;

import java.net.InetAddress;
import java.util.Optional;

/**
 * One end of a TCP connection.
 *
 * @param address the numeric address
 * @param port the port
 */
public record Endpoint(InetAddress address, int port) {

  /** Reads a numeric address; empty when the text is none, as for a Unix socket. */
  public static Optional<Endpoint> of(String address, int port) {
    return AddressBlock.address(address).map(numeric -> new Endpoint(numeric, port));
  }
}
