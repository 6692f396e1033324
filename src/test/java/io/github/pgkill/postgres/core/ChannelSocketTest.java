package io.github.pgkill.postgres.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.connection.DialPlan;
import io.github.pgkill.model.connection.DialRule;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.testing.Eventually;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What the driver counts on in a socket, of one that leads to a Unix socket. */
@DisabledOnOs(OS.WINDOWS)
class ChannelSocketTest {

  private static final int PORT = 5432;
  private static final int PATIENCE_MILLIS = 20_000;

  @TempDir Path directory;
  private ServerSocketChannel listener;
  private final List<AutoCloseable> open = new ArrayList<>();

  @BeforeEach
  void listen() throws IOException {
    listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(host().socketFile()), 1);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : open) {
      one.close();
    }
    listener.close();
  }

  @Test
  void readsWhatIsWrittenAndTheEnd() throws IOException {
    Socket socket = connected();
    SocketChannel server = accepted();
    assertThat(socket.isConnected() && socket.isBound() && !socket.isClosed()).isTrue();
    socket.getOutputStream().write("ping".getBytes(StandardCharsets.US_ASCII));
    assertThat(Channels.newInputStream(server).readNBytes(4)).asString().isEqualTo("ping");
    server.write(ByteBuffer.wrap(new byte[] {-1, 7}));
    assertThat(socket.getInputStream().read()).isEqualTo(255);
    assertThat(socket.getInputStream().read()).isEqualTo(7);
    server.close();
    assertThat(socket.getInputStream().read()).isEqualTo(-1);
    socket.close();
    assertThat(socket.isClosed()).isTrue();
    assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
  }

  @Test
  void aReadTimesOutAndTheNextOneGoesOn() throws IOException {
    Socket socket = connected();
    SocketChannel server = accepted();
    socket.setSoTimeout(1);
    assertThat(socket.getSoTimeout()).isEqualTo(1);
    InputStream in = socket.getInputStream();
    assertThatThrownBy(in::read).isInstanceOf(SocketTimeoutException.class);
    assertThatThrownBy(in::read).isInstanceOf(SocketTimeoutException.class);
    server.write(ByteBuffer.wrap(new byte[] {1}));
    socket.setSoTimeout(PATIENCE_MILLIS);
    assertThat(in.read()).isEqualTo(1);
  }

  @Test
  void aReaderDoesNotKeepAWriterWaiting() throws Exception {
    Socket socket = connected();
    SocketChannel server = accepted();
    CompletableFuture<Integer> reader = reader(socket);
    // more than the kernel takes, so that the writer has to wait as well
    byte[] much = new byte[5_000_000];
    new Random(1).nextBytes(much);
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              try {
                socket.getOutputStream().write(much);
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    assertThat(Channels.newInputStream(server).readNBytes(much.length)).isEqualTo(much);
    writer.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    assertThat(reader).isNotDone();
    server.write(ByteBuffer.wrap(new byte[] {42}));
    assertThat(reader.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)).isEqualTo(42);
  }

  @Test
  void closingWakesAReader() throws Exception {
    Socket socket = connected();
    SocketChannel server = accepted();
    CompletableFuture<Integer> reader = reader(socket);
    Eventually.within(20, ChannelSocketTest::somebodyReads);
    socket.close();
    assertThatThrownBy(() -> reader.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasRootCauseInstanceOf(SocketException.class);
    // and the other end learns of it
    assertThat(server.read(ByteBuffer.allocate(1))).isEqualTo(-1);
  }

  @Test
  void anInterruptNeitherEndsAReadNorClosesTheConnection() throws Exception {
    Socket socket = connected();
    SocketChannel server = accepted();
    Thread.currentThread().interrupt();
    CompletableFuture<Void> late =
        CompletableFuture.runAsync(
            () -> {
              try {
                server.write(ByteBuffer.wrap(new byte[] {3}));
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    assertThat(socket.getInputStream().read()).isEqualTo(3);
    assertThat(Thread.interrupted()).as("is still interrupted").isTrue();
    late.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    socket.getOutputStream().write(4);
    assertThat(Channels.newInputStream(server).read()).isEqualTo(4);
  }

  @Test
  void aServerWithoutRoomIsWaitedForNoLongerThanTold() throws IOException {
    connected();
    connected();
    assertThatThrownBy(() -> connect(factory(), host(), 50))
        .isInstanceOf(SocketTimeoutException.class);
    accepted();
    connected();
  }

  @Test
  void nobodyListensAndNothingIsThere() throws IOException {
    listener.close();
    assertThatThrownBy(() -> connect(factory(), host(), PATIENCE_MILLIS))
        .isInstanceOf(ConnectException.class);
    HostAddress missing = new HostAddress(directory.toString(), null, PORT + 1);
    assertThatThrownBy(() -> connect(factory(), missing, PATIENCE_MILLIS))
        .isExactlyInstanceOf(SocketException.class);
  }

  @Test
  void optionsOfTcpMeanNothingHere() throws IOException {
    Socket socket = connected();
    socket.setTcpNoDelay(true);
    socket.setKeepAlive(true);
    socket.setReceiveBufferSize(100_000);
    assertThat(socket.getTcpNoDelay() && socket.getKeepAlive()).isTrue();
    assertThat(socket.getSendBufferSize()).isNotNegative();
  }

  @Test
  void aSocketThatWasNeverJudgedIsNotDialled() {
    HostAddress other = new HostAddress("/elsewhere", null, PORT);
    assertThatThrownBy(() -> connect(factory(), other, PATIENCE_MILLIS))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("guard");
  }

  @Test
  void besideAUnixSocketTcpIsDialledAsEver() throws IOException {
    HostAddress tcp;
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
      server.setSoTimeout(PATIENCE_MILLIS);
      tcp = new HostAddress("127.0.0.1", null, server.getLocalPort());
      CheckedSocketFactory factory =
          factory(DialRule.unixSocket(host()), new DialRule("127.0.0.1", DialRule.LOOPBACK));
      Socket socket = connect(factory, tcp, PATIENCE_MILLIS);
      socket.setTcpNoDelay(true);
      try (Socket accepted = server.accept()) {
        accepted.getOutputStream().write(9);
        assertThat(socket.getInputStream().read()).isEqualTo(9);
      }
      connect(factory, host(), PATIENCE_MILLIS);
      accepted();
    }
    CheckedSocketFactory far =
        factory(DialRule.unixSocket(host()), new DialRule("127.0.0.1", List.of()));
    assertThatThrownBy(() -> connect(far, tcp, PATIENCE_MILLIS)).hasMessageContaining("guard");
    CheckedSocketFactory factory =
        factory(DialRule.unixSocket(host()), new DialRule("127.0.0.1", DialRule.LOOPBACK));
    assertThatThrownBy(() -> connect(factory, tcp, PATIENCE_MILLIS))
        .isInstanceOf(ConnectException.class);
  }

  private static boolean somebodyReads() {
    return Thread.getAllStackTraces().values().stream()
        .anyMatch(
            stack ->
                Arrays.stream(stack)
                    .anyMatch(frame -> frame.getClassName().endsWith("ChannelSocket$Way")));
  }

  private static CompletableFuture<Integer> reader(Socket socket) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return socket.getInputStream().read();
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private HostAddress host() {
    return new HostAddress(directory.toString(), null, PORT);
  }

  private CheckedSocketFactory factory() {
    return factory(DialRule.unixSocket(host()));
  }

  private static CheckedSocketFactory factory(DialRule... rules) {
    return new CheckedSocketFactory(new DialPlan(List.of(rules), true).encode());
  }

  private Socket connected() throws IOException {
    return connect(factory(), host(), PATIENCE_MILLIS);
  }

  /** As the driver does it. */
  private Socket connect(CheckedSocketFactory factory, HostAddress host, int timeout)
      throws IOException {
    Socket socket = factory.createSocket();
    open.add(socket);
    socket.connect(new InetSocketAddress(host.handle(), host.port()), timeout);
    return socket;
  }

  private SocketChannel accepted() throws IOException {
    SocketChannel accepted = listener.accept();
    open.add(accepted);
    return accepted;
  }
}
