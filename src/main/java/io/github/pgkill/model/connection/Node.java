package io.github.pgkill.model.connection;

/**
 * One server of a cluster, by the address at which it was dialled. Two spellings of one address are
 * two nodes.
 *
 * @param host a name or a numeric address, without brackets, or the directory of a Unix socket
 * @param port its TCP port, by which its Unix socket is named as well
 */
public record Node(String host, int port) {

  /** {@code host:port}, an IPv6 address in brackets. */
  @Override
  public String toString() {
    boolean ipv6 = host.indexOf(':') >= 0 && !host.startsWith("/");
    return (ipv6 ? "[" + host + "]" : host) + ":" + port;
  }
}
