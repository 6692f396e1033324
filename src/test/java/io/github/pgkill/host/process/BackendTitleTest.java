package io.github.pgkill.host.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.host.process.BackendTitle.Reading;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a process title says, and when it says two things at once. */
class BackendTitleTest {

  private static BackendTitle title(String body) {
    return new BackendTitle("postgres: " + body, body);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "app shop 127.0.0.1(50896) idle",
        "app shop ::1(50896) idle in transaction (aborted)",
        "app shop [local] SELECT waiting",
        "app shop build.example.org(50896)"
      })
  void aClientHasOneReading(String body) {
    assertThat(title(body).readings()).containsExactly(new Reading("app", "shop"));
    assertThat(title(body).unambiguous()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a b shop 127.0.0.1(1) idle",
        "app 127.0.0.1(1) shop 127.0.0.1(2) idle",
        "app [local] shop [local] idle",
        "app  shop [local] idle",
        "walsender shop 127.0.0.1(1) streaming 0/3000060",
        "walsender app shop 127.0.0.1(1) START_REPLICATION",
        "autovacuum worker 127.0.0.1(1)"
      })
  void namesWithBlanksAndProcessesThatLookLikeClientsAreAmbiguous(String body) {
    assertThat(title(body).unambiguous()).isFalse();
  }

  @Test
  void everyReadingIsFound() {
    assertThat(title("a b c 127.0.0.1(1) idle").readings())
        .containsExactly(new Reading("a", "b c"), new Reading("a b", "c"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "checkpointer",
        "background writer",
        "logical replication launcher",
        "parallel worker for PID 4711",
        "autovacuum worker shop",
        "startup recovering 000000010000000000000001",
        ""
      })
  void whatServesNoClientHasNoReading(String body) {
    assertThat(title(body).readings()).isEmpty();
    assertThat(title(body).unambiguous()).isFalse();
  }

  @Test
  void theServersOwnProcessesTellThePrefix() {
    String client = "postgres: main: a: app shop [local] idle";
    assertThat(BackendTitle.prefixOf(List.of(client, "postgres: main: a: checkpointer")))
        .contains("postgres: main: a: ");
    assertThat(BackendTitle.prefixOf(List.of(client, "postgres: walwriter")))
        .contains("postgres: ");
    assertThat(BackendTitle.prefixOf(List.of("postgres: background writer process")))
        .contains("postgres: ");
    assertThat(BackendTitle.prefixOf(List.of(client))).isEmpty();
    assertThat(BackendTitle.prefixOf(List.of("postgres: checkpointer", "postgres: x: walwriter")))
        .isEmpty();
  }

  @Test
  void onlyTheSessionsOwnTitleFits() {
    BackendTitle title = title("a b c 127.0.0.1(50896) idle");
    assertThat(title.fits("a", "b c", "127.0.0.1:50896")).isTrue();
    assertThat(title.fits("a b", "c", "127.0.0.1:50896")).isTrue();
    assertThat(title.fits("a b", "c", "127.0.0.1:5089")).isFalse();
    assertThat(title.fits("a b", "c", "local")).isFalse();
    assertThat(title.fits("a", "b", "127.0.0.1:50896")).isFalse();
    assertThat(title("a b [local]").fits("a", "b", "local")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "app shop 127.0.0.1(4711) startup",
        "app shop [local] authentication",
        "app shop ::1(4711) initializing"
      })
  void whoIsLoggingInHasNoSessionYet(String body) {
    assertThat(title(body).isLoggingIn()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "app shop 127.0.0.1(4711) idle",
        "app startup 127.0.0.1(4711) idle",
        "app shop 127.0.0.1(4711) startup idle",
        "app shop 127.0.0.1(4711)",
        "startup recovering 000000010000000000000001"
      })
  void othersAreNot(String body) {
    assertThat(title(body).isLoggingIn()).isFalse();
  }
}
