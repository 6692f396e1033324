package io.github.pgkill.job.patroni;

import io.github.pgkill.job.admission.HostGuard;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.patroni.ClusterView;
import io.github.pgkill.model.patroni.PatroniAccess;
import io.github.pgkill.model.patroni.PatroniMember;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The members that Patroni names, as the nodes whose sessions count. The database's password goes
 * to each of them, so that Patroni's word alone is not enough: the user has named the host, too, or
 * it is this machine.
 */
public final class MemberNodes {

  /** What {@code nodes} says for them. */
  private static final String WORD = "patroni";

  private MemberNodes() {}

  /** Whether {@code nodes} asks for them. */
  public static boolean areAsked(List<String> nodes) {
    return nodes.size() == 1 && nodes.get(0).equalsIgnoreCase(WORD);
  }

  /**
   * Each as {@code host:port}.
   *
   * @param access null where no address of Patroni is named
   * @param hosts those of the connection
   * @throws PgkillFailure when there are none, or one that only Patroni names
   */
  public static List<String> of(
      @Nullable PatroniAccess access, GuardRails rails, List<HostAddress> hosts) {
    if (access == null) {
      throw new InvalidParameter(
          "nodes",
          "patroni needs to know where Patroni's REST is",
          "Name it: -Dpgkill.patroni=http://host:8008; or write host:port for each node.");
    }
    ClusterView view = new PatroniCluster(access, rails).view();
    List<HostAddress> servers = view.members().stream().map(PatroniMember::server).toList();
    if (servers.isEmpty()) {
      throw new PgkillFailure(
          "Patroni names no members", "Write host:port for each node in -Dpgkill.nodes.");
    }
    requireNamed(servers, rails, hosts);
    return servers.stream().map(HostAddress::toString).distinct().toList();
  }

  private static void requireNamed(
      List<HostAddress> servers, GuardRails rails, List<HostAddress> hosts) {
    Set<String> named = new LinkedHashSet<>();
    rails.allowedHosts().forEach(entry -> named.add(entry.toLowerCase(Locale.ROOT)));
    hosts.forEach(host -> named.add(host.dialled().toLowerCase(Locale.ROOT)));
    Set<String> strangers =
        servers.stream()
            .map(HostAddress::dialled)
            .filter(host -> !HostGuard.isThisMachine(host))
            .filter(host -> !named.contains(host.toLowerCase(Locale.ROOT)))
            .collect(Collectors.toCollection(LinkedHashSet::new));
    if (strangers.isEmpty()) {
      return;
    }
    List<String> allowed = new ArrayList<>(rails.allowedHosts());
    allowed.addAll(strangers);
    throw new GuardRefusal(
        "Patroni names members at "
            + String.join(", ", strangers)
            + ", which nobody else names; the database's password goes to no such host",
        "If they are this cluster's, list them by name, -Dpgkill.allowedHosts="
            + String.join(",", allowed)
            + ", or write the nodes, -Dpgkill.nodes="
            + servers.stream().map(HostAddress::toString).collect(Collectors.joining(",")));
  }
}
