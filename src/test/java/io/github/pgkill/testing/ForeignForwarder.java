package io.github.pgkill.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * Passes connections on to a server, in a process that is no child of this JVM: what a container's
 * published port does. The server sees its address, not ours. Not on Windows.
 */
public final class ForeignForwarder implements AutoCloseable {

  private static final int PATIENCE_MILLIS = 60_000;

  private final Socket socket;
  private final int port;

  private ForeignForwarder(Socket socket, int port) {
    this.socket = socket;
    this.port = port;
  }

  /** Starts one in front of that server. */
  public static ForeignForwarder to(TestServer server) {
    try (ServerSocket meeting = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Jvm.startOrphan(
          ForeignForwarder.class,
          Integer.toString(meeting.getLocalPort()),
          Integer.toString(server.port()));
      meeting.setSoTimeout(PATIENCE_MILLIS);
      Socket socket = meeting.accept();
      BufferedReader answers =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      return new ForeignForwarder(socket, Integer.parseInt(answers.readLine()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where it listens. */
  public int port() {
    return port;
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The other end. */
  public static void main(String[] arguments) throws IOException {
    InetAddress here = InetAddress.getLoopbackAddress();
    try (Socket parent = new Socket(here, Integer.parseInt(arguments[0]));
        ServerSocket listener = new ServerSocket(0, 50, here)) {
      Relay.aside("accept", () -> accept(listener, Integer.parseInt(arguments[1])));
      parent
          .getOutputStream()
          .write((listener.getLocalPort() + "\n").getBytes(StandardCharsets.UTF_8));
      // until our starter is gone
      parent.getInputStream().read();
    }
  }

  private static void accept(ServerSocket listener, int port) throws IOException {
    while (true) {
      Socket near = listener.accept();
      Socket far = new Socket(InetAddress.getLoopbackAddress(), port);
      Relay.aside("forth", () -> Relay.copy(near, far));
      Relay.aside("back", () -> Relay.copy(far, near));
    }
  }
}
