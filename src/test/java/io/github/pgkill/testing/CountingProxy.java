package io.github.pgkill.testing;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between a client and its server and counts what the client says, by the <a
 * href="https://www.postgresql.org/docs/current/protocol-message-formats.html">messages</a>: a
 * statement is an Execute or a Query, a round trip is a Sync or a Query.
 */
public final class CountingProxy implements AutoCloseable {

  private static final int SSL_REQUEST = 80877103;
  private static final int GSS_REQUEST = 80877104;

  private final ServerSocket entrance;
  private final int serverPort;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger roundTrips = new AtomicInteger();
  private final List<String> statements = Collections.synchronizedList(new ArrayList<>());

  /** Before that server, on a port of its own. */
  public CountingProxy(TestServer server) {
    serverPort = server.port();
    try {
      entrance = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Relay.aside("counting on " + entrance.getLocalPort(), this::accept);
  }

  public int port() {
    return entrance.getLocalPort();
  }

  /** How many connections came through. */
  public int connections() {
    return connections.get();
  }

  /** How often the client waited for the server, but for logging in. */
  public int roundTrips() {
    return roundTrips.get();
  }

  /** The first line of each statement, in the order in which they were executed. */
  public List<String> statements() {
    synchronized (statements) {
      return List.copyOf(statements);
    }
  }

  @Override
  public void close() {
    try {
      entrance.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    sockets.forEach(Relay::closeQuietly);
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = entrance.accept();
      sockets.add(client);
      connections.incrementAndGet();
      Relay.aside("counted connection", () -> serve(client));
    }
  }

  private void serve(Socket client) throws IOException {
    try (client;
        Socket server = new Socket("127.0.0.1", serverPort)) {
      sockets.add(server);
      DataInputStream in = new DataInputStream(client.getInputStream());
      DataOutputStream out =
          new DataOutputStream(new BufferedOutputStream(server.getOutputStream()));
      startUp(in, out, client);
      Relay.aside("server's answers", () -> Relay.copy(server, client));
      Map<String, String> prepared = new HashMap<>();
      String bound = "";
      for (int type = in.read(); type >= 0; type = in.read()) {
        byte[] body = in.readNBytes(in.readInt() - Integer.BYTES);
        switch (type) {
          case 'P' -> prepared.put(text(body, 0), text(body, 1));
          case 'B' -> bound = text(body, 1);
          case 'E' -> statements.add(firstLine(prepared.get(bound)));
          case 'Q' -> {
            statements.add(firstLine(text(body, 0)));
            roundTrips.incrementAndGet();
          }
          case 'S' -> roundTrips.incrementAndGet();
          default -> {}
        }
        // counted before: with the answer the client may be done
        out.write(type);
        out.writeInt(body.length + Integer.BYTES);
        out.write(body);
        if (in.available() == 0) {
          out.flush();
        }
      }
    } finally {
      sockets.removeIf(Socket::isClosed);
    }
  }

  private static void startUp(DataInputStream in, DataOutputStream out, Socket client)
      throws IOException {
    while (true) {
      byte[] packet = in.readNBytes(in.readInt() - Integer.BYTES);
      int code = ByteBuffer.wrap(packet).getInt();
      if (code != SSL_REQUEST && code != GSS_REQUEST) {
        out.writeInt(packet.length + Integer.BYTES);
        out.write(packet);
        out.flush();
        return;
      }
      client.getOutputStream().write('N');
    }
  }

  /** One of the texts that a message begins with, each ended by a zero. */
  private static String text(byte[] body, int number) {
    String all = new String(body, StandardCharsets.UTF_8);
    return all.split("\0", number + 2)[number];
  }

  private static String firstLine(String statement) {
    return statement.strip().lines().findFirst().orElse("");
  }
}
