package io.github.pgkill.testing;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * What may stand between a client and its server, at one's beck and call: it forwards, poses as a
 * connection pooler, keeps silent like a dead host, or cuts connections.
 *
 * <p>It knows as much of the protocol as that needs: <a
 * href="https://www.postgresql.org/docs/current/protocol-message-formats.html">message formats</a>.
 */
public final class ProtocolProxy implements AutoCloseable {

  private static final int SSL_REQUEST = 80877103;
  private static final int GSS_REQUEST = 80877104;
  private static final int BACKEND_KEY_DATA = 'K';
  private static final int READY_FOR_QUERY = 'Z';
  private static final int ERROR_RESPONSE = 'E';

  /** No server has a process of this id: Linux ends at 4,194,304. */
  private static final int POOLERS_PID = 1_234_567_890;

  private enum Manner {
    FORWARDING,
    POOLING,
    PARTICULAR,
    SILENT
  }

  private final ServerSocket door;
  private final int serverPort;
  private final Manner manner;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicLong passed = new AtomicLong();
  private final AtomicLong allowance = new AtomicLong(Long.MAX_VALUE);
  private volatile Runnable afterwards = () -> {};
  private volatile Duration delay = Duration.ZERO;

  private ProtocolProxy(int serverPort, Manner manner) {
    this.serverPort = serverPort;
    this.manner = manner;
    try {
      door = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Relay.aside("proxy on " + door.getLocalPort(), this::accept);
  }

  /** Passes everything on, until {@link #cut()}. */
  public static ProtocolProxy forwarding(TestServer server) {
    return new ProtocolProxy(server.port(), Manner.FORWARDING);
  }

  /**
   * Passes everything on but the backend's process id, which a pooler makes up: the client's idea
   * of it differs from {@code pg_backend_pid()}.
   */
  public static ProtocolProxy pooling(TestServer server) {
    return new ProtocolProxy(server.port(), Manner.POOLING);
  }

  /** The same, and refuses logins with startup options, as PgBouncer does unless told otherwise. */
  public static ProtocolProxy particular(TestServer server) {
    return new ProtocolProxy(server.port(), Manner.PARTICULAR);
  }

  /** Accepts connections and never says a word. */
  public static ProtocolProxy silent() {
    return new ProtocolProxy(0, Manner.SILENT);
  }

  public int port() {
    return door.getLocalPort();
  }

  /** As {@link TestServer#jdbcUrl}, through this proxy. */
  public String jdbcUrl(String database) {
    return "jdbc:postgresql://127.0.0.1:" + port() + "/" + database;
  }

  /** How many connections it has accepted so far. */
  public int accepted() {
    return accepted.get();
  }

  /** Cuts all connections that are open now, without a farewell; new ones get through. */
  public void cut() {
    sockets.forEach(Relay::closeQuietly);
  }

  /** Cuts, as {@link #cut()}, at that byte from now on, those of both directions counted. */
  public void cutAfter(long bytes) {
    allowance.set(bytes);
  }

  /** The same, and from then on nobody gets through. */
  public void closeAfter(long bytes) {
    afterwards = this::close;
    cutAfter(bytes);
  }

  /** Takes so long for each piece that it passes on, as a far server does. */
  public void delay(Duration each) {
    delay = each;
  }

  /** How many bytes have passed so far, but for startup packets. */
  public long passed() {
    return passed.get();
  }

  @Override
  public void close() {
    try {
      door.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cut();
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = track(door.accept());
      accepted.incrementAndGet();
      if (manner != Manner.SILENT) {
        Relay.aside("proxy connection", () -> serve(client));
      }
    }
  }

  private void serve(Socket client) throws IOException {
    try (client) {
      byte[] startup = startupOf(client);
      if (manner == Manner.PARTICULAR && hasOptions(startup)) {
        client.getOutputStream().write(refusal("unsupported startup parameter: options"));
        return;
      }
      try (Socket server = track(new Socket("127.0.0.1", serverPort))) {
        server.getOutputStream().write(startup);
        Relay.aside("proxy to server", () -> copy(client, server));
        if (manner != Manner.FORWARDING) {
          copyLoginWithAnotherPid(server, client);
        }
        copy(server, client);
      }
    } finally {
      sockets.removeIf(Socket::isClosed);
    }
  }

  /** The client's startup packet, after telling it that there is no encryption here. */
  private static byte[] startupOf(Socket client) throws IOException {
    DataInputStream in = new DataInputStream(client.getInputStream());
    while (true) {
      int length = in.readInt();
      byte[] packet = new byte[length];
      putInt(packet, 0, length);
      in.readFully(packet, 4, length - 4);
      int code = getInt(packet, 4);
      if (code != SSL_REQUEST && code != GSS_REQUEST) {
        return packet;
      }
      client.getOutputStream().write('N');
    }
  }

  private static boolean hasOptions(byte[] startup) {
    return new String(startup, StandardCharsets.UTF_8).contains("\0options\0");
  }

  private static byte[] refusal(String message) {
    byte[] fields = ("SFATAL\0C08P01\0M" + message + "\0\0").getBytes(StandardCharsets.UTF_8);
    byte[] packet = new byte[fields.length + 5];
    packet[0] = (byte) ERROR_RESPONSE;
    putInt(packet, 1, fields.length + 4);
    System.arraycopy(fields, 0, packet, 5, fields.length);
    return packet;
  }

  private static void copyLoginWithAnotherPid(Socket server, Socket client) throws IOException {
    DataInputStream in = new DataInputStream(server.getInputStream());
    DataOutputStream out = new DataOutputStream(client.getOutputStream());
    int type = in.read();
    while (type >= 0) {
      int length = in.readInt();
      byte[] body = in.readNBytes(length - 4);
      if (type == BACKEND_KEY_DATA) {
        putInt(body, 0, POOLERS_PID);
      }
      out.write(type);
      out.writeInt(length);
      out.write(body);
      if (type == READY_FOR_QUERY || type == ERROR_RESPONSE) {
        return;
      }
      type = in.read();
    }
  }

  private void copy(Socket from, Socket to) throws IOException {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[8192];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        LockSupport.parkNanos(delay.toNanos());
        int allowed = (int) Math.min(read, Math.max(0, allowance.getAndAdd(-read)));
        // before: with these bytes the client may be done, and ask
        passed.addAndGet(allowed);
        out.write(buffer, 0, allowed);
        if (allowed < read) {
          allowance.set(Long.MAX_VALUE);
          cut();
          afterwards.run();
        }
      }
    }
  }

  private Socket track(Socket socket) {
    sockets.add(socket);
    return socket;
  }

  private static int getInt(byte[] bytes, int at) {
    return java.nio.ByteBuffer.wrap(bytes).getInt(at);
  }

  private static void putInt(byte[] bytes, int at, int value) {
    java.nio.ByteBuffer.wrap(bytes).putInt(at, value);
  }
}
