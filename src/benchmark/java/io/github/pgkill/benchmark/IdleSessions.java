package io.github.pgkill.benchmark;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Idle sessions that cost this JVM a socket each and nothing else: a start-up packet of the
 * protocol (PostgreSQL documentation, "Message Formats"), the answer read up to ReadyForQuery.
 */
final class IdleSessions implements AutoCloseable {

  private static final int PROTOCOL_3_0 = 3 << 16;
  private static final int OPENERS = 4;

  private final List<Socket> sockets = Collections.synchronizedList(new ArrayList<>());

  private IdleSessions() {}

  /** Opens so many; the server must trust the user. */
  static IdleSessions open(int number, int port, String database, String user) throws Exception {
    IdleSessions sessions = new IdleSessions();
    ExecutorService openers = Executors.newFixedThreadPool(OPENERS);
    try {
      List<Future<?>> pending = new ArrayList<>();
      for (int i = 0; i < number; i++) {
        pending.add(openers.submit(() -> sessions.add(port, database, user)));
      }
      for (Future<?> one : pending) {
        one.get();
      }
      return sessions;
    } catch (Exception e) {
      sessions.close();
      throw e;
    } finally {
      openers.shutdown();
    }
  }

  private Void add(int port, String database, String user) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    sockets.add(socket);
    new DataOutputStream(socket.getOutputStream()).write(startUp(database, user));
    awaitReady(new DataInputStream(socket.getInputStream()));
    return null;
  }

  private static byte[] startUp(String database, String user) {
    byte[] parameters =
        ("user\0" + user + "\0database\0" + database + "\0application_name\0idle\0\0")
            .getBytes(StandardCharsets.UTF_8);
    int length = 2 * Integer.BYTES + parameters.length;
    return ByteBuffer.allocate(length)
        .putInt(length)
        .putInt(PROTOCOL_3_0)
        .put(parameters)
        .array();
  }

  private static void awaitReady(DataInputStream in) throws IOException {
    while (true) {
      int type = in.read();
      if (type < 0) {
        throw new EOFException("the server hung up");
      }
      byte[] body = in.readNBytes(in.readInt() - Integer.BYTES);
      if (type == 'E') {
        throw new IOException(new String(body, StandardCharsets.UTF_8).replace('\0', ' '));
      }
      if (type == 'Z') {
        return;
      }
    }
  }

  /** Closes our ends. */
  @Override
  public void close() {
    synchronized (sockets) {
      for (Socket socket : sockets) {
        try {
          socket.close();
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      }
    }
  }
}
