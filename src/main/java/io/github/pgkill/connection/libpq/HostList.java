package io.github.pgkill.connection.libpq;

import io.github.pgkill.connection.environment.Origin;
import io.github.pgkill.model.connection.AddressBlock;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code host}, {@code hostaddr} and {@code port} as libpq does: lists of the same length, or
 * one port for all. The only way by which a host gets into a connection. A host that begins with a
 * slash is the directory of a Unix socket.
 */
public final class HostList {

  public static final String DEFAULT_HOST = "localhost";
  public static final int DEFAULT_PORT = 5432;

  private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}_.-]+");
  private static final Pattern ZONE = Pattern.compile("%[\\p{L}\\p{N}_.-]+");

  private final Keywords source;
  private final IntFunction<String> byDefault;

  private HostList(Keywords source, IntFunction<String> byDefault) {
    this.source = source;
    this.byDefault = byDefault;
  }

  /**
   * The hosts that a source names, and port 5432 where it leaves that out.
   *
   * @param byDefault the host of a port for which none is named; not asked where that is the
   *     driver's to say
   * @throws PgkillFailure when they cannot be read
   */
  public static List<HostAddress> of(Keywords source, IntFunction<String> byDefault) {
    return new HostList(source, source.staysLocalhost() ? port -> DEFAULT_HOST : byDefault).read();
  }

  /**
   * Reads one entry of the parameter {@code nodes}, {@code host:port}.
   *
   * @throws PgkillFailure when it is anything else
   */
  public static HostAddress node(String entry) {
    return entry("nodes", "node", entry);
  }

  /**
   * Reads one entry of the parameter {@code poolers}, {@code host:port}.
   *
   * @throws PgkillFailure when it is anything else
   */
  public static HostAddress pooler(String entry) {
    return entry("poolers", "console", entry);
  }

  private static HostAddress entry(String parameter, String what, String entry) {
    int colon = entry.lastIndexOf(':');
    if (colon < 1 || colon == entry.length() - 1) {
      throw new InvalidParameter(
          parameter,
          entry.equalsIgnoreCase("patroni")
              ? "patroni stands alone, for the members that Patroni names"
              : "an entry is not host:port",
          "Write host:port for each "
              + what
              + ", separated by commas, an IPv6 address in brackets.");
    }
    Keywords keywords = new Keywords(Origin.parameter(parameter));
    keywords.put(Keywords.HOST, entry.substring(0, colon));
    keywords.put(Keywords.PORT, entry.substring(colon + 1));
    return of(keywords, port -> DEFAULT_HOST).get(0);
  }

  private List<HostAddress> read() {
    List<String> names = split(Keywords.HOST);
    List<String> addresses = split(Keywords.HOSTADDR);
    List<String> ports = split(Keywords.PORT);
    int count = Math.max(1, Math.max(names.size(), addresses.size()));
    names = fill(Keywords.HOST, names, count, names.isEmpty());
    addresses = fill(Keywords.HOSTADDR, addresses, count, addresses.isEmpty());
    boolean onePort = ports.size() < 2;
    ports = fill(Keywords.PORT, ports, count, onePort);
    List<HostAddress> hosts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      boolean nothing = names.get(i).isEmpty() && addresses.get(i).isEmpty();
      if (nothing && count > 1 && (onePort || ports.get(i).isEmpty())) {
        throw failure(
            Keywords.HOST, "has an empty place in its list of hosts", "Remove the extra comma.");
      }
      hosts.add(host(names.get(i), addresses.get(i), ports.get(i)));
    }
    return hosts;
  }

  private List<String> split(String keyword) {
    return source.get(keyword).map(list -> List.of(list.split(",", -1))).orElse(List.of());
  }

  private List<String> fill(String keyword, List<String> values, int count, boolean repeat) {
    if (repeat) {
      return Collections.nCopies(count, values.isEmpty() ? "" : values.get(0));
    }
    if (values.size() != count) {
      throw failure(
          keyword,
          "lists another number of values for " + keyword + " than for the others",
          "Give each host its own, or one port for all.");
    }
    return values;
  }

  private HostAddress host(String name, String address, String port) {
    int number = port(port);
    @Nullable String dialled = address.isEmpty() ? null : address(address);
    String shown =
        !name.isEmpty() ? name(name) : dialled != null ? dialled : byDefault.apply(number);
    return new HostAddress(shown, dialled, number);
  }

  private String name(String text) {
    if (text.startsWith("/")) {
      return directory(text);
    }
    if (text.startsWith("@")) {
      throw failure(
          Keywords.HOST,
          "names an abstract Unix socket, to which Java has no way",
          "Name the directory of one that is a file, host=/run/postgresql (psql -c 'SHOW"
              + " unix_socket_directories' tells which there are).");
    }
    boolean brackets = text.startsWith("[") && text.endsWith("]");
    String bare = brackets ? text.substring(1, text.length() - 1) : text;
    boolean ipv6 = ipv6(bare);
    if (!ipv6 && (brackets || !NAME.matcher(text).matches())) {
      throw failure(
          Keywords.HOST,
          "has a host that is neither a name nor an address",
          "Write names or addresses, an IPv6 address in a URL in brackets, a port behind a colon;"
              + " a password goes into -Dpgkill.password, serverId or PGPASSWORD, and @, / and ?"
              + " in it are written %40, %2F and %3F.");
    }
    return bare;
  }

  private String directory(String text) {
    String directory = text.replaceAll("(?<=.)/+$", "");
    try {
      boolean plain = directory.codePoints().noneMatch(Character::isISOControl);
      if (plain && Path.of(directory).isAbsolute()) {
        return directory;
      }
    } catch (InvalidPathException e) {
      // said below
    }
    throw failure(
        Keywords.HOST,
        "names a directory of Unix sockets that this system cannot have",
        "Write its whole path, such as host=/run/postgresql.");
  }

  private static boolean ipv6(String text) {
    int zone = text.indexOf('%');
    Optional<?> address = AddressBlock.address(zone < 0 ? text : text.substring(0, zone));
    return text.contains(":")
        && address.isPresent()
        && (zone < 0 || ZONE.matcher(text.substring(zone)).matches());
  }

  private String address(String text) {
    if (AddressBlock.address(text).isEmpty()) {
      throw failure(
          Keywords.HOSTADDR, "has a hostaddr that is no IP address", "Use host for names.");
    }
    return text;
  }

  private int port(String text) {
    if (text.isEmpty()) {
      return DEFAULT_PORT;
    }
    int port = text.matches("\\d{1,5}") ? Integer.parseInt(text) : 0;
    if (port < 1 || port > 65535) {
      throw failure(
          Keywords.PORT,
          "has a port that is not a number from 1 to 65535",
          "Write host:port, for example localhost:5432; a password does not belong there.");
    }
    return port;
  }

  private PgkillFailure failure(String keyword, String problem, String remedy) {
    boolean named = source.get(keyword).isPresent();
    return source.origin().failure(named ? keyword : Keywords.HOST, problem, remedy);
  }
}
