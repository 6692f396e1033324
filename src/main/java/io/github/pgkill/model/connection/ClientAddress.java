package io.github.pgkill.model.connection;

import io.github.pgkill.model.failure.InvalidParameter;
import org.jspecify.annotations.Nullable;

/**
 * Where clients come from: a block of addresses, or this machine's Unix socket.
 *
 * @param block the block; null for {@code local}
 */
public record ClientAddress(@Nullable AddressBlock block) {

  /**
   * Reads an address, a CIDR block or {@code local}.
   *
   * @throws InvalidParameter when it is none of these
   */
  public static ClientAddress parse(String parameter, String text) {
    if (text.equalsIgnoreCase("local")) {
      return new ClientAddress(null);
    }
    return AddressBlock.parse(text)
        .map(ClientAddress::new)
        .orElseThrow(
            () ->
                new InvalidParameter(
                    parameter,
                    "'" + text + "' is not an address",
                    "Write an IP address, a CIDR block such as 10.0.0.0/8, or local for the Unix"
                        + " socket; host names are not looked up."));
  }

  /** Whether it stands for clients of the Unix socket. */
  public boolean local() {
    return block == null;
  }

  @Override
  public String toString() {
    return block == null ? "local" : block.toString();
  }
}
