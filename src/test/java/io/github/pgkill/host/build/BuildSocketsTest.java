package io.github.pgkill.host.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.pgkill.model.connection.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which connections are this build's, asked of the real operating system. */
class BuildSocketsTest {

  @TempDir Path directory;

  @Test
  void aConnectionOfThisProcessIsKnownWhileItIsOpen() throws IOException {
    assumeLinux();
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Endpoint mine;
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort())) {
        mine = new Endpoint(socket.getLocalAddress(), socket.getLocalPort());
        assertThat(ends(server.getLocalPort())).containsExactly(mine);
        assertThat(ends(server.getLocalPort() == 1 ? 2 : 1)).isEmpty();
      }
      assertThat(ends(server.getLocalPort())).doesNotContain(mine);
    }
  }

  @Test
  void aConnectionByIpv6IsKnown() throws IOException {
    assumeLinux();
    InetAddress six = InetAddress.getByName("::1");
    try (ServerSocket server = new ServerSocket()) {
      try {
        server.bind(new InetSocketAddress(six, 0));
      } catch (IOException e) {
        assumeTrue(false, "no IPv6 here: " + e.getMessage());
      }
      try (Socket socket = new Socket(six, server.getLocalPort())) {
        assertThat(ends(server.getLocalPort()))
            .containsExactly(new Endpoint(six, socket.getLocalPort()));
      }
    }
  }

  @Test
  void aConnectionOfAChildIsKnown() throws IOException, InterruptedException {
    assumeLinux();
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "bash opens the connection");
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      // a shell below a shell: a grandchild
      String script =
          "bash -c 'exec 3<>/dev/tcp/127.0.0.1/" + server.getLocalPort() + "; read -u 3'; true";
      Process child = new ProcessBuilder("/bin/bash", "-c", script).start();
      try (Socket accepted = server.accept()) {
        assertThat(ends(server.getLocalPort()))
            .containsExactly(new Endpoint(accepted.getInetAddress(), accepted.getPort()));
      } finally {
        child.waitFor();
      }
    }
  }

  @Test
  void aTableIsReadAsTheKernelWritesIt() throws IOException {
    assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN, "the table is a small one's");
    List<String> table =
        List.of(
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid",
            "   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 77 1",
            "   1: 0201A8C0:D431 0100007F:1538 01 00000000:00000000 00:00000000 00000000 0 0 78 1",
            "   2: 0201A8C0:D432 0100007F:1538 01 00000000:00000000 00:00000000 00000000 0 0 79 1",
            "   3: 0000000000000000FFFF00000100007F:D433 0000000000000000FFFF00000100007F:1538 01"
                + " 00000000:00000000 00:00000000 00000000 0 0 80 1");
    assertThat(BuildSockets.endsIn(table, Set.of("77", "78", "80"), 5432))
        .containsExactlyInAnyOrder(
            Endpoint.of("192.168.1.2", 54321).orElseThrow(),
            Endpoint.of("127.0.0.1", 54323).orElseThrow());
  }

  @Test
  void whereNothingIsToldNothingIsKnown() {
    assertThat(new BuildSockets(directory).of(List.of(1L), 5432))
        .isInstanceOf(BuildSockets.Unknown.class);
  }

  @Test
  void aProcessThatCannotBeSeenMakesEverythingUnknownUnlessItHasEnded() throws IOException {
    Files.createDirectories(directory.resolve("1/net"));
    Files.createDirectories(directory.resolve("1/fd"));
    Files.writeString(directory.resolve("1/net/tcp"), "");
    Files.createDirectories(directory.resolve("2"));
    // not a directory, as one that may not be opened
    Files.writeString(directory.resolve("2/fd"), "");
    Files.writeString(directory.resolve("2/stat"), "2 (a ) Z name) S 1 2 2");
    BuildSockets sockets = new BuildSockets(directory);
    assertThat(sockets.of(List.of(1L, 2L), 5432)).isInstanceOf(BuildSockets.Unknown.class);
    Files.writeString(directory.resolve("2/stat"), "2 (name) Z 1 2 2");
    assertThat(sockets.of(List.of(1L, 2L, 3L), 5432)).isEqualTo(new BuildSockets.Known(Set.of()));
  }

  private static Set<Endpoint> ends(int port) {
    return ((BuildSockets.Known) BuildSockets.connectedTo(port)).ends();
  }

  private static void assumeLinux() {
    assumeTrue(Files.isReadable(Path.of("/proc/self/net/tcp")), "only Linux tells");
  }
}
