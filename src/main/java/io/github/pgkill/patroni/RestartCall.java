package io.github.pgkill.patroni;

import io.github.pgkill.model.patroni.RestartAnswer;
import io.github.pgkill.model.value.Secret;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** A restart that Patroni was asked for; it may answer late or never (patroni/patroni#3657). */
public final class RestartCall {

  private static final int MOST_SAID = 300;

  private final CompletableFuture<HttpResponse<byte[]>> answer;
  private final List<Secret> secrets;

  RestartCall(CompletableFuture<HttpResponse<byte[]>> answer, List<Secret> secrets) {
    this.answer = answer;
    this.secrets = secrets;
  }

  /** What it answered; empty as long as it has not. */
  public Optional<RestartAnswer> answer() {
    if (!answer.isDone()) {
      return Optional.empty();
    }
    try {
      HttpResponse<byte[]> given = answer.join();
      return Optional.of(new RestartAnswer(given.statusCode(), masked(given.body())));
    } catch (CompletionException | CancellationException e) {
      String why = String.valueOf(e.getCause() == null ? e : e.getCause());
      return Optional.of(new RestartAnswer(RestartAnswer.NONE, why));
    }
  }

  /** Waits for the answer no longer. */
  public void abandon() {
    answer.cancel(true);
  }

  /** Whoever got a password may say it. */
  private String masked(byte[] body) {
    String said = new String(body, StandardCharsets.UTF_8);
    for (Secret secret : secrets) {
      said = said.replace(secret.reveal(), secret.toString());
    }
    return said.length() > MOST_SAID ? said.substring(0, MOST_SAID) + "..." : said;
  }
}
