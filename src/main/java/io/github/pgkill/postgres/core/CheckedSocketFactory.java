package io.github.pgkill.postgres.core;

import io.github.pgkill.model.connection.DialPlan;
import io.github.pgkill.model.connection.DialRule;
import io.github.pgkill.model.connection.HostAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Opens the driver's sockets and holds each to what the guard decided: the address is checked when
 * it is dialled, after every hosts file and DNS answer, and no proxy stands between. An address
 * that stands for a Unix socket's directory ({@link HostAddress#handle()}) leads to that socket.
 *
 * <p>Public because the driver makes it, by name and with one text argument (its {@code
 * ObjectFactory}); nobody else should.
 */
public final class CheckedSocketFactory extends SocketFactory {

  private final List<DialRule> rules;

  /**
   * @param rules as {@link DialPlan#encode()} writes them
   * @throws IllegalArgumentException when they are anything else
   */
  public CheckedSocketFactory(String rules) {
    this.rules = DialPlan.decode(rules);
  }

  /**
   * The driver's properties that make it use this class. They have to be handed over with the
   * connection, because only then do they win over a {@code driverconfig.properties} that somebody
   * put on the class path, and after all others.
   */
  public static Map<String, String> driverProperties(DialPlan plan) {
    return Map.of(
        "socketFactory", CheckedSocketFactory.class.getName(),
        "socketFactoryArg", plan.encode(),
        "classLoaderStrategy", "driver");
  }

  @Override
  public Socket createSocket() throws SocketException {
    return rules.stream().anyMatch(rule -> rule.directory() != null)
        ? new CheckedSocket(ChannelSocket.dialling(this::behind))
        : new CheckedSocket();
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return open(new InetSocketAddress(host, port), null);
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return open(new InetSocketAddress(host, port), new InetSocketAddress(localHost, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return open(new InetSocketAddress(host, port), null);
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return open(new InetSocketAddress(host, port), new InetSocketAddress(localHost, localPort));
  }

  private Socket open(InetSocketAddress remote, @Nullable InetSocketAddress local)
      throws IOException {
    Socket socket = createSocket();
    try {
      socket.bind(local);
      socket.connect(remote);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private InetSocketAddress checked(InetSocketAddress remote) throws IOException {
    String host = remote.getHostString();
    // the driver leaves names to a SOCKS proxy when one is configured; there is none here
    InetSocketAddress dialled =
        remote.isUnresolved() ? new InetSocketAddress(host, remote.getPort()) : remote;
    if (dialled.isUnresolved()) {
      throw new UnknownHostException(host);
    }
    InetAddress address = dialled.getAddress();
    if (rules.stream().noneMatch(rule -> rule.concerns(host) && rule.admits(address))) {
      throw new IOException(
          "pgkill's guard does not let host \"" + host + "\" lead to " + address.getHostAddress());
    }
    return dialled;
  }

  /** What an address stands for. */
  private SocketAddress behind(InetSocketAddress dialled) {
    return rules.stream()
        .filter(rule -> rule.directory() != null && rule.concerns(dialled.getHostString()))
        .findFirst()
        .<SocketAddress>map(
            rule ->
                UnixDomainSocketAddress.of(
                    HostAddress.socketFile(
                        Objects.requireNonNull(rule.directory()), dialled.getPort())))
        .orElse(dialled);
  }

  /** Checks the address when it connects; the one-argument form of the JDK ends here as well. */
  private final class CheckedSocket extends Socket {

    CheckedSocket() {
      super(Proxy.NO_PROXY);
    }

    CheckedSocket(SocketImpl channel) throws SocketException {
      super(channel);
    }

    @Override
    public void connect(SocketAddress endpoint, int timeout) throws IOException {
      if (!(endpoint instanceof InetSocketAddress remote)) {
        throw new IOException("not an internet address: " + endpoint);
      }
      super.connect(checked(remote), timeout);
    }
  }
}
