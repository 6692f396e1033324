package io.github.pgkill.host.build;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;

/** The machine that this build runs on. */
public final class ThisHost {

  private ThisHost() {}

  /** Whether a server that is dialled by this name or address is this machine. */
  public static boolean is(String nameOrAddress) {
    try {
      InetAddress address = InetAddress.getByName(nameOrAddress);
      return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
    } catch (IOException e) {
      // a name that leads nowhere does not lead here
      return false;
    }
  }
}
