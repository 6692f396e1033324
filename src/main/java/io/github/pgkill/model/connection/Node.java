package io.github.pgkill.model.connection;

import org.jspecify.annotations.Nullable;

/**
 * One server of a cluster, by the address at which it was dialled. Two spellings of one address are
 * two nodes.
 *
 * @param host a name or a numeric address, without brackets, or the directory of a Unix socket
 * @param port its TCP port, by which its Unix socket is named as well
 * @param amongOthers whether other nodes are looked at beside it, so that whoever names a session
 *     has to say on which one
 */
public record Node(String host, int port, boolean amongOthers) {

  /** The only one that is looked at. */
  public Node(String host, int port) {
    this(host, port, false);
  }

  /** What follows the name of a session: where it is, unless only one place is looked at. */
  public String suffix() {
    return amongOthers ? " at " + this : "";
  }

  // Written out for the reason that SessionId gives, of whose identity it is a part.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Node that && port == that.port && host.equals(that.host);
  }

  @Override
  public int hashCode() {
    return 31 * port + host.hashCode();
  }

  /** {@code host:port}, an IPv6 address in brackets. */
  @Override
  public String toString() {
    boolean ipv6 = host.indexOf(':') >= 0 && !host.startsWith("/");
    return (ipv6 ? "[" + host + "]" : host) + ":" + port;
  }
}
