package io.github.pgkill.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

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
      server = HttpServer.create(anyPort(), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start();
  }

  private StandInRest(SSLContext tls) throws IOException {
    HttpsServer secured = HttpsServer.create(anyPort(), 0);
    secured.setHttpsConfigurator(new HttpsConfigurator(tls));
    server = secured;
    start();
  }

  /**
   * One with a certificate that nobody signed but itself.
   *
   * @param directory where its key is put
   */
  public static StandInRest selfSigned(Path directory) throws Exception {
    Path file = directory.resolve("key.p12");
    char[] password = "of-no-use".toCharArray();
    Commands.run(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-keyalg",
            "EC",
            "-dname",
            "CN=localhost",
            "-ext",
            "SAN=dns:localhost,ip:127.0.0.1",
            "-keystore",
            file.toString(),
            "-storepass",
            new String(password)));
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(KeyStore.getInstance(file.toFile(), password), password);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), null, null);
    return new StandInRest(tls);
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private void start() {
    server.createContext("/", this::answer);
    server.start();
  }

  public String url() {
    String scheme = server instanceof HttpsServer ? "https" : "http";
    return scheme + "://127.0.0.1:" + server.getAddress().getPort();
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
