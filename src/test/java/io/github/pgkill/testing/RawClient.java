package io.github.pgkill.testing;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * A client that speaks the protocol by hand, for what the driver cannot do: stop in the middle of
 * logging in, come over the Unix socket, ask for replication. See <a
 * href="https://www.postgresql.org/docs/current/protocol-flow.html">message flow</a>.
 */
public final class RawClient implements AutoCloseable {

  private static final int PROTOCOL_3_0 = 196608;

  private final SocketChannel channel;
  private final DataInputStream in;
  private final DataOutputStream out;
  private int pid;

  private RawClient(SocketChannel channel) {
    this.channel = channel;
    this.in = new DataInputStream(Channels.newInputStream(channel));
    this.out = new DataOutputStream(Channels.newOutputStream(channel));
  }

  /** Connected over TCP; nothing is said yet. */
  public static RawClient tcp(TestServer server) throws IOException {
    SocketAddress address = new InetSocketAddress("127.0.0.1", server.port());
    return new RawClient(SocketChannel.open(address));
  }

  /** Connected over the Unix socket; nothing is said yet. Not on Windows. */
  public static RawClient unixSocket(TestServer server) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(
        UnixDomainSocketAddress.of(server.socketDirectory().resolve(".s.PGSQL." + server.port())));
    return new RawClient(channel);
  }

  /** Sends the startup packet and returns without waiting for an answer. */
  public RawClient startUp(Map<String, String> parameters) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    DataOutputStream packet = new DataOutputStream(body);
    packet.writeInt(PROTOCOL_3_0);
    for (Map.Entry<String, String> parameter : parameters.entrySet()) {
      writeText(packet, parameter.getKey());
      writeText(packet, parameter.getValue());
    }
    packet.write(0);
    out.writeInt(body.size() + 4);
    out.write(body.toByteArray());
    return this;
  }

  /** Waits until the server asks for a password in clear, as {@code pg_hba} says it does. */
  public RawClient awaitPrompt() throws IOException {
    if (in.read() != 'R') {
      throw new IOException("no authentication request");
    }
    int length = in.readInt();
    int kind = in.readInt();
    if (length != 8 || kind != 3) {
      throw new IOException("authentication request " + kind + ", not for a clear password");
    }
    return this;
  }

  /** Answers the prompt. */
  public RawClient password(String password) throws IOException {
    send('p', password);
    return this;
  }

  /** Reads until the server is ready for a query. */
  public RawClient awaitReady() throws IOException {
    while (true) {
      int type = in.read();
      if (type < 0) {
        throw new EOFException("the server hung up");
      }
      byte[] body = in.readNBytes(in.readInt() - 4);
      if (type == 'K') {
        pid = java.nio.ByteBuffer.wrap(body).getInt();
      } else if (type == 'E') {
        throw new IOException(new String(body, StandardCharsets.UTF_8).replace('\0', ' '));
      } else if (type == 'Z') {
        return this;
      }
    }
  }

  /** Runs statements and waits for their end. */
  public RawClient run(String sql) throws IOException {
    send('Q', sql);
    return awaitReady();
  }

  /** Sends a statement and returns without waiting for an answer. */
  public RawClient send(String sql) throws IOException {
    send('Q', sql);
    return this;
  }

  /** The process id that the server told us. */
  public int pid() {
    return pid;
  }

  private void send(char type, String text) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    writeText(new DataOutputStream(body), text);
    out.write(type);
    out.writeInt(body.size() + 4);
    out.write(body.toByteArray());
  }

  private static void writeText(DataOutputStream to, String text) throws IOException {
    to.write(text.getBytes(StandardCharsets.UTF_8));
    to.write(0);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
