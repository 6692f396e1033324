package io.github.pgkill.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An address that leads to one server first and to another one later, as a port-forward, a virtual
 * address or a proxy does after a failover. Connections that are open stay with their server unless
 * they are cut.
 */
public final class MovableForwarder implements AutoCloseable {

  private final ServerSocket door;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private TestServer target;
  private TestServer next;
  private int movesAt = Integer.MAX_VALUE;
  private boolean cuts;
  private int accepted;
  private int afterMove;

  private MovableForwarder(TestServer target) {
    this.target = target;
    try {
      door = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Relay.aside("forwarder on " + door.getLocalPort(), this::accept);
  }

  /** Leads to that server. */
  public static MovableForwarder to(TestServer server) {
    return new MovableForwarder(server);
  }

  /** From the n-th connection on, counted from 1, to that server. */
  public synchronized MovableForwarder movingTo(TestServer other, int connection) {
    next = other;
    movesAt = connection;
    return this;
  }

  /** When it moves, what leads to the first server is cut. */
  public synchronized MovableForwarder cutting() {
    cuts = true;
    return this;
  }

  /** From now on to that server. */
  public synchronized void moveTo(TestServer other) {
    target = other;
  }

  public int port() {
    return door.getLocalPort();
  }

  /** How many connections were led to the second server. */
  public synchronized int moved() {
    return afterMove;
  }

  /** How many connections there were. */
  public synchronized int accepted() {
    return accepted;
  }

  /** Cuts what is open now. */
  public void cut() {
    sockets.forEach(Relay::closeQuietly);
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
      Socket client = door.accept();
      int port = choose();
      sockets.add(client);
      Relay.aside("forwarded connection", () -> serve(client, port));
    }
  }

  private synchronized int choose() {
    accepted++;
    if (accepted == movesAt) {
      target = next;
      if (cuts) {
        cut();
      }
    }
    if (accepted >= movesAt) {
      afterMove++;
    }
    return target.port();
  }

  private void serve(Socket client, int port) throws IOException {
    try (client;
        Socket server = new Socket("127.0.0.1", port)) {
      sockets.add(server);
      Relay.aside("forwarder to server", () -> Relay.copy(client, server));
      Relay.copy(server, client);
    } finally {
      sockets.removeIf(Socket::isClosed);
    }
  }
}
