package io.github.pgkill.job.poolers;

import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.poolers.PoolerAlias;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Whether a pooler's address of a server is that of a server we know. It stands for a proof only
 * where the pooler has no connection to the server that would be one.
 */
final class SameServer {

  private SameServer() {}

  /** Whether the alias leads to one of these servers, as far as names and addresses tell. */
  static boolean leads(PoolerAlias alias, List<HostAddress> servers) {
    Set<InetAddress> there = addresses(asWeSeeIt(alias));
    return servers.stream()
        .filter(server -> server.port() == alias.port())
        .anyMatch(server -> addresses(machine(server)).stream().anyMatch(one -> holds(there, one)));
  }

  /** Whether two addresses are of one machine, as far as names and addresses tell. */
  static boolean sameMachine(HostAddress one, HostAddress other) {
    if (one.dialled().equalsIgnoreCase(other.dialled())) {
      return true;
    }
    Set<InetAddress> both = addresses(machine(one));
    both.retainAll(addresses(machine(other)));
    return !both.isEmpty();
  }

  /** To the pooler its own machine is localhost, or the directory of a socket; not to us. */
  private static String asWeSeeIt(PoolerAlias alias) {
    String host = alias.host();
    boolean own =
        host.isEmpty()
            || host.startsWith("/")
            || addresses(host).stream().anyMatch(InetAddress::isLoopbackAddress);
    return own ? machine(alias.console()) : host;
  }

  private static String machine(HostAddress host) {
    return host.unixSocket() ? "localhost" : host.dialled();
  }

  private static boolean holds(Set<InetAddress> addresses, InetAddress one) {
    boolean anyLoopback = addresses.stream().anyMatch(InetAddress::isLoopbackAddress);
    return addresses.contains(one) || (one.isLoopbackAddress() && anyLoopback);
  }

  /** Of several names, as PgBouncer takes them with commas between, any may be meant. */
  private static Set<InetAddress> addresses(String hosts) {
    Set<InetAddress> found = new HashSet<>();
    for (String host : hosts.split(",", -1)) {
      try {
        found.addAll(Arrays.asList(InetAddress.getAllByName(host.strip())));
      } catch (UnknownHostException e) {
        // a name that only the pooler knows proves nothing
        continue;
      }
    }
    return found;
  }
}
