package io.github.pgkill.model.connection;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * One host of a connection.
 *
 * @param name the host as the source wrote it, brackets of an IPv6 address removed; the absolute
 *     path of a directory stands for the Unix socket in it
 * @param address the numeric address given beside it ({@code hostaddr}, {@code PGHOSTADDR}), which
 *     is what is dialled when present
 * @param port TCP port, 1 to 65535; a Unix socket's name ends in it
 */
public record HostAddress(String name, @Nullable String address, int port) {

  private static final int GROUP = 4;
  private static final int GROUPS = 4;

  /** The host that is really dialled. */
  public String dialled() {
    return address == null ? name : address;
  }

  /** Whether it is a directory of Unix sockets; an address beside it wins, as in libpq. */
  public boolean unixSocket() {
    return dialled().startsWith("/");
  }

  /** The Unix socket. */
  public Path socketFile() {
    return socketFile(name, port);
  }

  /** The socket of that port in a directory (PostgreSQL's {@code pqcomm.h}, UNIXSOCK_PATH). */
  public static Path socketFile(String directory, int port) {
    return Path.of(directory, ".s.PGSQL." + port);
  }

  /**
   * The host as the driver is told it. For a socket an address that stands for its directory and
   * leads nowhere (RFC 6666): the driver looks up whatever it is told, remembers it for as long as
   * this JVM lives, and takes nothing but internet addresses.
   */
  public String handle() {
    if (!unixSocket()) {
      return dialled();
    }
    String digits = HexFormat.of().formatHex(digest(name));
    StringBuilder handle = new StringBuilder("100:0:0:0");
    for (int group = 0; group < GROUPS; group++) {
      handle.append(':').append(digits, group * GROUP, (group + 1) * GROUP);
    }
    return handle.toString();
  }

  private static byte[] digest(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** {@code host:port} as it is dialled, an IPv6 address in brackets. */
  @Override
  public String toString() {
    return new Node(dialled(), port).toString();
  }
}
