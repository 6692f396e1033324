package io.github.pgkill.job.patroni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.patroni.ClusterView;
import io.github.pgkill.model.patroni.PatroniAccess;
import io.github.pgkill.model.patroni.PatroniUrl;
import io.github.pgkill.model.patroni.RestartAnswer;
import io.github.pgkill.model.server.InstanceInfo;
import io.github.pgkill.model.value.Secret;
import io.github.pgkill.patroni.RestartCall;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.StandInRest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever answers at Patroni's address may say anything: it gets no password, and is no proof. */
class HostilePatroniTest {

  private static final Instant STARTED = Instant.parse("2026-11-27T13:00:00.123456Z");
  private static final String PASSWORD = "rest-secret-7";

  private final StandInRest rest = new StandInRest();

  @AfterEach
  void close() {
    rest.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "[]",
        "{\"members\": 7}",
        "{\"members\": [7]}",
        "{\"members\": [{\"name\": \"n1\"}]}",
        "{\"members\": [{\"name\": \"n\", \"role\": \"r\", \"host\": \"h\", \"port\": 99999}]}",
        "{\"members\": [{\"name\": \"n\", \"role\": \"r\", \"host\": \"h\", \"port\": \"-1\"}]}",
        "{\"members\": [{\"name\": \"n\", \"role\": \"r\", \"host\": \"h\", \"port\": 1}"
      })
  void whatIsNotPatronisIsAnError(String answer) {
    rest.says("/cluster", answer);
    assertThatThrownBy(() -> cluster().view()).isInstanceOf(PgkillError.class);
  }

  @Test
  void anEndlessAnswerIsCutOff() {
    rest.replies(
        "/cluster",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          byte[] blank = " ".repeat(1 << 16).getBytes();
          for (int i = 0; i < 1000; i++) {
            exchange.getResponseBody().write(blank);
          }
        });
    assertThatThrownBy(() -> cluster().view())
        .isInstanceOf(PgkillError.class)
        .hasMessageContaining("more than");
  }

  @Test
  void anAnswerThatNeverEndsIsNotWaitedFor() {
    rest.replies(
        "/cluster",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write('{');
          exchange.getResponseBody().flush();
          Eventually.within(20, () -> rest.requests().contains("GET /done"));
        });
    assertThatThrownBy(() -> cluster().view())
        .isInstanceOf(PgkillError.class)
        .hasMessageContaining("no answer within 2s");
    rest.requests().add("GET /done");
  }

  @Test
  void redirectsAreNotFollowed() {
    rest.replies(
        "/cluster",
        exchange -> {
          exchange.getResponseHeaders().add("Location", rest.url() + "/elsewhere");
          StandInRest.send(exchange, 302, new byte[0]);
        });
    assertThatThrownBy(() -> cluster().view())
        .isInstanceOf(PgkillError.class)
        .hasMessageContaining("redirects are not followed");
    assertThat(rest.requests()).containsExactly("GET /cluster");
  }

  @Test
  void theNextAddressIsAskedWhenOneIsDown() {
    rest.says("/cluster", "{\"members\": [], \"pause\": true}");
    PatroniAccess access =
        new PatroniAccess(
            List.of(PatroniUrl.parameter("http://127.0.0.1:1"), PatroniUrl.parameter(rest.url())),
            null,
            null,
            Duration.ofSeconds(2));
    ClusterView view = new PatroniCluster(access, rails()).view();
    assertThat(view.paused()).isTrue();
    assertThat(view.leader()).isEmpty();
  }

  @Test
  void anAddressThatIsNotAllowedIsNeverDialled() {
    PatroniAccess access =
        new PatroniAccess(
            List.of(PatroniUrl.parameter("http://patroni.example:8008")),
            null,
            null,
            Duration.ofSeconds(2));
    assertThatThrownBy(() -> new PatroniCluster(access, rails()))
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("patroni.example");
  }

  @Test
  void anAddressThatPatroniNamesIsJudgedToo() {
    rest.says("/cluster", leader("http://10.1.2.3:8008/patroni"));
    assertThatThrownBy(() -> ProvenLeader.of(cluster(), server()))
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("10.1.2.3");
  }

  @Test
  void anotherClusterIsNoProof() {
    rest.says("/cluster", leader(rest.url() + "/patroni"));
    rest.says("/patroni", status("4711", STARTED));
    assertThatThrownBy(() -> ProvenLeader.of(cluster(), server()))
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("system identifier is 4711");
    assertThat(rest.credentials()).isEmpty();
  }

  @Test
  void aCloneThatStartedAtAnotherTimeIsNoProof() {
    rest.says("/cluster", leader(rest.url() + "/patroni"));
    rest.says("/patroni", status("42", STARTED.plusMillis(2)));
    assertThatThrownBy(() -> ProvenLeader.of(cluster(), server()))
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("is not the leader that Patroni names");
    assertThat(rest.credentials()).isEmpty();
  }

  @Test
  void thePasswordGoesNowhereWithoutTls() {
    assertThatThrownBy(
            () -> {
              PatroniCluster far =
                  new PatroniCluster(
                      access("http://10.1.2.3:8008"),
                      new GuardRails(List.of("10.1.2.3"), List.of(), List.of(), List.of(), null));
              rest.says("/cluster", leader("http://10.1.2.3:8008/patroni"));
              far.mayHearSecrets(cluster().view().leader().orElseThrow());
            })
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("without TLS")
        .hasMessageNotContaining(PASSWORD);
  }

  @Test
  void aCertificateThatNobodyTrustsIsNoAnswer(@TempDir Path directory) throws Exception {
    try (StandInRest secured = StandInRest.selfSigned(directory)) {
      secured.says("/cluster", leader(secured.url() + "/patroni"));
      assertThatThrownBy(() -> new PatroniCluster(access(secured.url()), rails()).view())
          .isInstanceOf(PgkillError.class)
          .hasMessageContaining("cannot be asked")
          .satisfies(
              e ->
                  assertThat(((PgkillError) e).remedy())
                      .hasValueSatisfying(mend -> assertThat(mend).contains("trustStore")));
      assertThat(secured.requests()).isEmpty();
    }
  }

  @Test
  void aRestartIsAskedForOnceAndItsEchoIsMasked() {
    rest.says("/cluster", leader(rest.url() + "/patroni"));
    rest.says("/patroni", status("42", STARTED));
    rest.replies(
        "/restart",
        exchange -> {
          String token = exchange.getRequestHeaders().getFirst("Authorization");
          StandInRest.send(exchange, 503, (token + " " + PASSWORD).getBytes());
        });
    RestartAnswer answer = awaited(ProvenLeader.of(cluster(), server()).restart(SECONDS));
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.said()).isEqualTo("Basic *** ***");
    assertThat(rest.credentials()).hasSize(1).allMatch(who -> who.startsWith("POST /restart"));
  }

  @Test
  void aConnectionThatIsLostIsNoReasonToAskAgain() {
    rest.says("/cluster", leader(rest.url() + "/patroni"));
    rest.says("/patroni", status("42", STARTED));
    rest.replies("/restart", exchange -> {});
    RestartAnswer answer = awaited(ProvenLeader.of(cluster(), server()).restart(SECONDS));
    assertThat(answer.given()).isFalse();
    assertThat(rest.requests()).filteredOn(r -> r.equals("POST /restart")).hasSize(1);
  }

  @Test
  void aPasswordInAnAddressIsNotRepeated() {
    for (String url :
        Stream.of("http://u:%s@db:8008", "ftp://db/%s", "db:8008/%s", "http://db/?x=%s")
            .map(text -> text.formatted(PASSWORD))
            .toList()) {
      assertThatThrownBy(() -> PatroniUrl.parameter(url))
          .isInstanceOf(PgkillFailure.class)
          .hasMessageNotContaining(PASSWORD);
    }
  }

  private static final Duration SECONDS = Duration.ofSeconds(5);

  private static RestartAnswer awaited(RestartCall call) {
    Eventually.within(5, () -> call.answer().isPresent());
    return call.answer().orElseThrow();
  }

  private PatroniCluster cluster() {
    return new PatroniCluster(access(rest.url()), rails());
  }

  private static PatroniAccess access(String url) {
    return new PatroniAccess(
        List.of(PatroniUrl.parameter(url)), "patroni", new Secret(PASSWORD), Duration.ofSeconds(2));
  }

  private static GuardRails rails() {
    return new GuardRails(List.of(), List.of(), List.of(), List.of(), null);
  }

  private static String leader(String url) {
    return """
        {"members": [{"name": "n1", "role": "leader", "state": "running", "host": "db1",
          "port": 5432, "api_url": "%s", "timeline": 3, "tags": {"nofailover": true}}]}
        """
        .formatted(url);
  }

  private static String status(String identifier, Instant startedAt) {
    return """
        {"role": "master", "state": "running", "database_system_identifier": "%s",
          "postmaster_start_time": "%s"}
        """
        .formatted(identifier, startedAt.toString().replace('T', ' ').replace("Z", "+00:00"));
  }

  private static InstanceInfo server() {
    return new InstanceInfo(
        "42",
        STARTED,
        false,
        5432,
        null,
        new InstanceInfo.Serving(1, STARTED, "ci", "postgres", "local"),
        true,
        false);
  }
}
