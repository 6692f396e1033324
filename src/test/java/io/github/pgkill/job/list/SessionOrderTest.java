package io.github.pgkill.job.list;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.report.text.Samples;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which sessions come first, in both directions; what is not there comes last in both. */
class SessionOrderTest {

  private static final List<Session> SESSIONS =
      List.of(
          session(5, "bob", "web", "active", 50, 5, 7, 1, 4),
          session(4, "ann", "", "idle", 40, null, 9, 9),
          session(3, "bob", "psql", "active", 60, 30, 30, 2, 5, 9),
          session(2, null, "", null, null, null, null, null),
          session(1, "eve", "web", "idle in transaction", 60, 60, 8, 8));

  @ParameterizedTest
  @CsvSource({
    "age, 1 3 5 4 2",
    "-age, 4 5 1 3 2",
    "AGE, 1 3 5 4 2",
    "transaction-age, 1 3 5 4 2",
    "-transaction-age, 5 3 1 4 2",
    "query-age, 3 4 1 5 2",
    "state-age, 4 1 3 5 2",
    "waiting, 3 5 1 4 2",
    "-waiting, 5 3 1 4 2",
    "pid, 1 2 3 4 5",
    "-pid, 5 4 3 2 1",
    "user, 4 3 5 1 2",
    "-user, 1 3 5 4 2",
    "application, 3 1 5 4 2",
    "client, 1 2 3 4 5",
    "state, 3 5 4 1 2"
  })
  void comesFirst(String order, String pids) {
    assertThat(SessionOrder.parse("sort", order).sorted(SESSIONS).stream().map(Session::pid))
        .as(order)
        .containsExactly(
            java.util.Arrays.stream(pids.split(" ")).map(Integer::valueOf).toArray(Integer[]::new));
  }

  @Test
  void whatIsNoOrderIsRefusedWithThoseThatAre() {
    assertThatThrownBy(() -> SessionOrder.parse("sort", "--age"))
        .isInstanceOf(InvalidParameter.class)
        .hasMessage("parameter sort: '--age' is no order");
    assertThatThrownBy(() -> SessionOrder.parse("sort", "state_age"))
        .isInstanceOf(InvalidParameter.class);
  }

  private static Session session(
      int pid,
      String user,
      String application,
      String state,
      Integer age,
      Integer transactionAge,
      Integer queryAge,
      Integer stateAge,
      Integer... blockedBy) {
    return new Session(
        Samples.NODE,
        pid,
        "start",
        "app",
        user,
        false,
        application,
        "client " + pid,
        "client backend",
        state,
        seconds(age),
        seconds(transactionAge),
        seconds(queryAge),
        seconds(stateAge),
        null,
        null,
        false,
        null,
        List.of(blockedBy),
        null,
        null);
  }

  private static Duration seconds(Integer seconds) {
    return seconds == null ? null : Duration.ofSeconds(seconds);
  }
}
