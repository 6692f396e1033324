package io.github.pgkill.job.admission;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.DialPlan;
import io.github.pgkill.model.connection.DialledServer;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.postgres.core.Server;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** Pins the server that we are connected to, so that a program is led to the same one. */
public final class Dialled {

  private Dialled() {}

  /** The server that answered, at an address that the guard lets its host lead to. */
  public static DialledServer of(Server server, ConnectionSettings settings, DialPlan plan) {
    return pin(server.host(), settings, plan);
  }

  /** The same for a goal that only looks, and may look anywhere. */
  public static DialledServer of(Server server, ConnectionSettings settings) {
    HostAddress host = server.host();
    return new DialledServer(
        settings, host, host.unixSocket() ? null : address(host).getHostAddress());
  }

  private static DialledServer pin(HostAddress host, ConnectionSettings settings, DialPlan plan) {
    if (host.unixSocket()) {
      return new DialledServer(settings, host, null);
    }
    InetAddress address = address(host);
    boolean admitted =
        plan.rules().stream()
            .anyMatch(rule -> rule.concerns(host.dialled()) && rule.admits(address));
    if (!admitted) {
      throw new GuardRefusal(
          "host \"" + host.dialled() + "\" leads to " + address.getHostAddress() + " now",
          "Name the server by its address.");
    }
    return new DialledServer(settings, host, address.getHostAddress());
  }

  private static InetAddress address(HostAddress host) {
    try {
      return InetAddress.getByName(host.dialled());
    } catch (UnknownHostException e) {
      throw new PgkillError(
          "host \"" + host.dialled() + "\" is not known any more", "Run the goal again.", e);
    }
  }
}
