package io.github.pgkill.model.connection;

import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where a host that passed the guard may lead to. The guard judges what the user wrote; a hosts
 * file or a DNS answer decides later what is dialled, and this is what that is held to.
 *
 * @param host the host as it is handed to the driver; holds neither spaces nor {@code =}
 * @param blocks the address must be in one of these; none means that nothing may be dialled
 * @param directory of the Unix socket that is dialled instead; null for TCP
 */
public record DialRule(String host, List<AddressBlock> blocks, @Nullable String directory) {

  /** The addresses of this machine. */
  public static final List<AddressBlock> LOOPBACK = List.of(block("127.0.0.0/8"), block("::1"));

  /** Every address, for hosts that the user listed by name. */
  public static final List<AddressBlock> ANYWHERE = List.of(block("0.0.0.0/0"), block("::/0"));

  public DialRule {
    if (host.isEmpty() || host.matches(".*[\\s=,].*")) {
      throw new IllegalArgumentException("not a host: '" + host + "'");
    }
    blocks = List.copyOf(blocks);
  }

  public DialRule(String host, List<AddressBlock> blocks) {
    this(host, blocks, null);
  }

  /** That host and nothing else, at whatever address. */
  public static DialRule anywhere(HostAddress host) {
    return host.unixSocket() ? unixSocket(host) : new DialRule(host.dialled(), ANYWHERE);
  }

  /** That Unix socket. */
  public static DialRule unixSocket(HostAddress host) {
    return new DialRule(host.handle(), List.of(block(host.handle())), host.name());
  }

  /**
   * Whether the rule is about this host. Names are compared without case; addresses by value and
   * without a zone, because Java hands them on in another spelling than they were written in.
   */
  public boolean concerns(String other) {
    return canonical(host).equals(canonical(other));
  }

  /** Whether the host may be dialled at this address. */
  public boolean admits(InetAddress address) {
    return blocks.stream().anyMatch(block -> block.contains(address));
  }

  private static String canonical(String host) {
    int zone = host.indexOf('%');
    return AddressBlock.address(zone < 0 ? host : host.substring(0, zone))
        .map(InetAddress::getHostAddress)
        .orElseGet(() -> host.toLowerCase(Locale.ROOT));
  }

  private static AddressBlock block(String text) {
    return AddressBlock.parse(text).orElseThrow();
  }
}
