package io.github.pgkill.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Somebody who answers where a Patroni is expected, whatever a test wants, and keeps what came. */
public final class StandInRest implements AutoCloseable {

  private final HttpServer server;
  private final Map<String, Reply> replies = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> credentials = new CopyOnWriteArrayList<>();

  /** Answers a request. */
  @FunctionalInterface
  public interface Reply {
    void to(HttpExchange exchange) throws IOException;
  }

  public StandInRest() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", this::answer);
    server.start();
  }

  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** Says that, with status 200, when it is asked for the path. */
  public StandInRest says(String path, String body) {
    return replies(path, exchange -> send(exchange, 200, body.getBytes(StandardCharsets.UTF_8)));
  }

  /** Does that when it is asked for the path. */
  public StandInRest replies(String path, Reply reply) {
    replies.put(path, reply);
    return this;
  }

  public static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  /** Method and path of each request so far. */
  public List<String> requests() {
    return requests;
  }

  /** The credentials that came, each with its request. */
  public List<String> credentials() {
    return credentials;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
      requests.add(request);
      String authorization = exchange.getRequestHeaders().getFirst("Authorization");
      if (authorization != null) {
        credentials.add(request + " " + authorization);
      }
      replies
          .getOrDefault(exchange.getRequestURI().getPath(), e -> send(e, 404, new byte[0]))
          .to(exchange);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
