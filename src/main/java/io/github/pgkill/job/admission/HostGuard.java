package io.github.pgkill.job.admission;

import io.github.pgkill.model.connection.AddressBlock;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.DialPlan;
import io.github.pgkill.model.connection.DialRule;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.InvalidParameter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Refuses every server that is neither on this machine nor listed in {@code allowedHosts}, before
 * anything is contacted. What it lets through comes with the addresses that it may lead to, which
 * the sockets are held to later: a name is a promise, an address is a fact. A Unix socket is of
 * this machine.
 */
public final class HostGuard {

  /** The names that mean this machine; nothing else does, however a resolver would read it. */
  private static final Set<String> LOOPBACK_NAMES =
      Set.of("localhost", "localhost.localdomain", "ip6-localhost");

  /**
   * What C's {@code inet_aton} or Java would still take for an address: too few numbers, octal or
   * hexadecimal ones, zeros in front. Nobody can tell by looking where these lead.
   */
  private static final Pattern ABBREVIATED =
      Pattern.compile("(?i)(?:(?:0x[0-9a-f]*|\\d+)\\.)*(?:0x[0-9a-f]*|\\d+)\\.?");

  private final Resolver resolver;

  /** Asks the system's resolver, and only for names that a CIDR block might cover. */
  public HostGuard() {
    this(name -> List.of(InetAddress.getAllByName(name)));
  }

  HostGuard(Resolver resolver) {
    this.resolver = resolver;
  }

  /** Looks a name up. */
  interface Resolver {
    List<InetAddress> addresses(String name) throws UnknownHostException;
  }

  /**
   * Judges every host of the connection, and every pooler's console, as it will be dialled.
   *
   * @return where each may lead, and whether all servers are this machine
   * @throws GuardRefusal when one is neither local nor listed
   * @throws InvalidParameter when {@code allowedHosts} cannot be read
   */
  public DialPlan check(ConnectionSettings settings, GuardRails rails) {
    List<HostAddress> dialled = new ArrayList<>(settings.everyHost());
    dialled.addAll(settings.poolers().consoles());
    List<DialRule> rules = rules(dialled, !settings.waitForServer().isZero(), rails);
    return new DialPlan(rules, areThisMachine(settings.everyHost()));
  }

  /** The same of hosts that are asked something else than SQL. */
  public DialPlan check(List<HostAddress> hosts, GuardRails rails) {
    return new DialPlan(rules(hosts, false, rails), areThisMachine(hosts));
  }

  private List<DialRule> rules(List<HostAddress> hosts, boolean mayComeYet, GuardRails rails) {
    AllowedHosts allowed = AllowedHosts.parse(rails.allowedHosts());
    List<DialRule> rules = new ArrayList<>();
    Set<HostAddress> strangers = new LinkedHashSet<>();
    for (HostAddress host : hosts) {
      if (host.unixSocket()) {
        rules.add(DialRule.unixSocket(host));
        continue;
      }
      refuseAbbreviated(host);
      judge(host.dialled(), allowed, mayComeYet)
          .ifPresentOrElse(rules::add, () -> strangers.add(host));
    }
    if (!strangers.isEmpty()) {
      throw refusal(strangers, rails.allowedHosts());
    }
    return rules;
  }

  private static boolean areThisMachine(List<HostAddress> hosts) {
    return hosts.stream().allMatch(host -> host.unixSocket() || isThisMachine(host.dialled()));
  }

  private Optional<DialRule> judge(String host, AllowedHosts allowed, boolean mayComeYet) {
    if (isThisMachine(host)) {
      return Optional.of(new DialRule(host, DialRule.LOOPBACK));
    }
    if (allowed.names(host)) {
      return Optional.of(new DialRule(host, DialRule.ANYWHERE));
    }
    List<InetAddress> addresses;
    try {
      addresses = addresses(host, allowed);
    } catch (UnknownHostException e) {
      // the sockets are held to the blocks, whatever the name leads to by then
      return mayComeYet ? Optional.of(new DialRule(host, allowed.blocks())) : Optional.empty();
    }
    boolean inside = !addresses.isEmpty() && addresses.stream().allMatch(a -> covered(a, allowed));
    return inside ? Optional.of(new DialRule(host, allowed.blocks())) : Optional.empty();
  }

  private List<InetAddress> addresses(String host, AllowedHosts allowed)
      throws UnknownHostException {
    Optional<InetAddress> literal = AddressBlock.address(host);
    if (literal.isPresent()) {
      return List.of(literal.get());
    }
    if (allowed.blocks().isEmpty() || host.contains(":")) {
      return List.of();
    }
    return resolver.addresses(host);
  }

  private static boolean covered(InetAddress address, AllowedHosts allowed) {
    return allowed.blocks().stream().anyMatch(block -> block.contains(address));
  }

  /** Whether that host can only be this machine, whatever a resolver says. */
  public static boolean isThisMachine(String host) {
    return LOOPBACK_NAMES.contains(host.toLowerCase(Locale.ROOT))
        || AddressBlock.address(host)
            .filter(a -> DialRule.LOOPBACK.stream().anyMatch(block -> block.contains(a)))
            .isPresent();
  }

  private static void refuseAbbreviated(HostAddress host) {
    String dialled = host.dialled();
    if (ABBREVIATED.matcher(dialled).matches() && AddressBlock.address(dialled).isEmpty()) {
      throw new GuardRefusal(
          "host " + quoted(host) + " is an address in a spelling that hides where it leads",
          "Write all four numbers in decimal, such as 127.0.0.1");
    }
  }

  private static GuardRefusal refusal(Set<HostAddress> strangers, List<String> allowed) {
    boolean one = strangers.size() == 1;
    Set<String> list = new LinkedHashSet<>(allowed);
    strangers.forEach(host -> list.add(host.dialled()));
    return new GuardRefusal(
        (one ? "host " : "hosts ")
            + strangers.stream().map(HostGuard::quoted).distinct().collect(Collectors.joining(", "))
            + (one ? " is not loopback" : " are not loopback"),
        (one ? "If it is this build's own server" : "If they are this build's own servers")
            + ", add -Dpgkill.allowedHosts="
            + String.join(",", list));
  }

  private static String quoted(HostAddress host) {
    boolean renamed = !host.dialled().equals(host.name());
    return "\"" + host.dialled() + "\"" + (renamed ? " (dialled for \"" + host.name() + "\")" : "");
  }
}
