package io.github.pgkill.patroni;

import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.patroni.ClusterView;
import io.github.pgkill.model.patroni.MemberStatus;
import io.github.pgkill.model.patroni.PatroniAccess;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Secret;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/**
 * Patroni's REST: three questions, the last of which changes something (Patroni documentation,
 * "Patroni REST API"). Redirects are not followed, proxies not used, and each question is bounded.
 * TLS is verified as this JVM verifies it.
 */
public final class PatroniRest {

  private static final int OK = 200;

  /** What {@code /patroni} says while the server is not there. */
  private static final int NOT_RUNNING = 503;

  private static final String TRUST =
      "Have the certificate's issuer trusted: -Djavax.net.ssl.trustStore=... in MAVEN_OPTS or"
          + " .mvn/jvm.config.";

  private final PatroniAccess access;
  private final HttpClient client;

  public PatroniRest(PatroniAccess access) {
    this.access = access;
    this.client = client(access.timeout());
  }

  private static HttpClient client(Duration timeout) {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .proxy(HttpClient.Builder.NO_PROXY)
        .connectTimeout(timeout)
        .build();
  }

  /**
   * The members of its cluster, {@code GET /cluster}.
   *
   * @throws PgkillError when nobody answers, or something else than a Patroni
   */
  public ClusterView cluster(RestEndpoint endpoint) {
    return read(endpoint, "/cluster", List.of(OK), PatroniAnswers::cluster);
  }

  /**
   * Its own server, {@code GET /patroni}.
   *
   * @throws PgkillError when nobody answers, or something else than a Patroni
   */
  public MemberStatus member(RestEndpoint endpoint) {
    return read(endpoint, "/patroni", List.of(OK, NOT_RUNNING), PatroniAnswers::member);
  }

  /**
   * Asks it to restart its server, {@code POST /restart}, once: on a connection of its own, which
   * no client would take for an old one and try again.
   *
   * @param most how long the answer is waited for
   */
  public RestartCall restart(RestEndpoint endpoint, Duration most) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(endpoint.uri("/restart"))
            .timeout(most)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("{}"));
    Secret password = access.password();
    if (access.user() == null || password == null) {
      return new RestartCall(send(client(access.timeout()), request), List.of());
    }
    if (!endpoint.mayHearSecrets()) {
      throw new IllegalStateException("a password for " + endpoint.url());
    }
    String token =
        Base64.getEncoder()
            .encodeToString(
                (access.user() + ":" + password.reveal()).getBytes(StandardCharsets.UTF_8));
    request.header("Authorization", "Basic " + token);
    return new RestartCall(
        send(client(access.timeout()), request), List.of(password, new Secret(token)));
  }

  private static CompletableFuture<HttpResponse<byte[]>> send(
      HttpClient client, HttpRequest.Builder request) {
    return client.sendAsync(request.build(), info -> new BoundedBody());
  }

  /** Reads an answer. */
  @FunctionalInterface
  private interface Reader<T> {
    T read(byte[] body) throws IOException;
  }

  private <T> T read(RestEndpoint endpoint, String path, List<Integer> expected, Reader<T> reader) {
    try {
      HttpResponse<byte[]> answer = ask(endpoint, path);
      if (!expected.contains(answer.statusCode())) {
        throw new PgkillError(
            "Patroni at "
                + endpoint.url()
                + " answers "
                + path
                + " with HTTP status "
                + answer.statusCode()
                + (answer.statusCode() / 100 == 3 ? "; redirects are not followed" : ""),
            "Is it Patroni's REST? -Dpgkill.patroni takes its base URL, such as http://host:8008",
            null);
      }
      return reader.read(answer.body());
    } catch (IOException e) {
      throw unanswered(endpoint, e);
    }
  }

  private HttpResponse<byte[]> ask(RestEndpoint endpoint, String path) throws IOException {
    CompletableFuture<HttpResponse<byte[]>> answer =
        send(client, HttpRequest.newBuilder(endpoint.uri(path)).timeout(access.timeout()).GET());
    try {
      // the request's own bound ends with the headers
      return answer.get(access.timeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (TimeoutException e) {
      throw new IOException("no answer within " + Durations.format(access.timeout()), e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    } finally {
      answer.cancel(true);
    }
  }

  private static PgkillError unanswered(RestEndpoint endpoint, IOException e) {
    String why =
        e.getMessage() != null
            ? e.getMessage()
            : e instanceof ConnectException ? "nobody listens" : e.getClass().getSimpleName();
    return new PgkillError(
        "Patroni at " + endpoint.url() + " cannot be asked: " + why,
        e instanceof SSLException
            ? TRUST
            : "Is it up, and is -Dpgkill.patroni where its REST listens?",
        e);
  }
}
