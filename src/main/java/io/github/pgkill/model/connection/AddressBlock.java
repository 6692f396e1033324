package io.github.pgkill.model.connection;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A block of IP addresses in CIDR notation; a single address is a block of its own.
 *
 * @param address any address of the block
 * @param prefix number of leading bits that count
 */
public record AddressBlock(InetAddress address, int prefix) {

  /** What can only be an address, so that nothing else is ever handed to a resolver. */
  private static final Pattern IPV4 =
      Pattern.compile("(?:(?:0|[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])(?:\\.(?!$)|$)){4}");

  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");

  /** Reads an address or a block; empty when the text is neither. Never resolves a name. */
  public static Optional<AddressBlock> parse(String text) {
    int slash = text.indexOf('/');
    Optional<InetAddress> address = address(slash < 0 ? text : text.substring(0, slash));
    if (address.isEmpty()) {
      return Optional.empty();
    }
    int bits = address.get().getAddress().length * 8;
    if (slash < 0) {
      return Optional.of(new AddressBlock(address.get(), bits));
    }
    String prefix = text.substring(slash + 1);
    if (!prefix.matches("\\d{1,3}") || Integer.parseInt(prefix) > bits) {
      return Optional.empty();
    }
    return Optional.of(new AddressBlock(address.get(), Integer.parseInt(prefix)));
  }

  /** Reads a numeric address; empty when the text is not one. Never resolves a name. */
  public static Optional<InetAddress> address(String text) {
    boolean numeric = IPV4.matcher(text).matches() || IPV6.matcher(text).matches();
    if (!numeric) {
      return Optional.empty();
    }
    try {
      // an IPv6 literal in brackets is never looked up, whatever is inside
      return Optional.of(InetAddress.getByName(text.indexOf(':') >= 0 ? "[" + text + "]" : text));
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }

  /** Whether the block holds this address; an IPv4 block holds no IPv6 address. */
  public boolean contains(InetAddress candidate) {
    byte[] mine = address.getAddress();
    byte[] other = candidate.getAddress();
    if (mine.length != other.length) {
      return false;
    }
    for (int bit = 0; bit < prefix; bit++) {
      int mask = 0x80 >> (bit % 8);
      if ((mine[bit / 8] & mask) != (other[bit / 8] & mask)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return address.getHostAddress() + "/" + prefix;
  }
}
