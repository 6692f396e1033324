package io.github.pgkill.model.connection;

/**
 * One server of a cluster, by the address at which it was dialled. Two spellings of one address are
 * two nodes.
 *
 * @param host a name or a numeric address, without brackets
 * @param port its TCP port
 */
public record Node(String host, int port) {

  /** {@code host:port}, an IPv6 address in brackets. */
  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
