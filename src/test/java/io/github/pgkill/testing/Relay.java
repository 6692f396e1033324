package io.github.pgkill.testing;

import java.io.IOException;
import java.net.Socket;

/** What all that stands between a client and its server has in common. */
final class Relay {

  private Relay() {}

  /** What ends when one of two ends hangs up. */
  @FunctionalInterface
  interface Work {
    void run() throws IOException;
  }

  static void aside(String name, Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // that is how every connection ends
                return;
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
  }

  /** Passes everything on until one of them ends, and closes both. */
  static void copy(Socket from, Socket to) throws IOException {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    }
  }

  static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // it is closed all the same
      return;
    }
  }
}
