package io.github.pgkill.job.terminate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.connection.ClientAddress;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.sessions.SessionFilter.Builder;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.StubbornClients.Client;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A filter on what the server hides from this role is refused, never taken for a mismatch. */
class HiddenColumnsTest {

  private static final TestServer SERVER = TestServer.shared();
  private static final Duration AGE = Duration.ofMillis(1);

  private static String database;

  @BeforeAll
  static void createDatabase() throws SQLException {
    database = SERVER.createDatabase();
  }

  enum Parameter {
    clientAddresses(f -> f.clientAddresses(anywhere())),
    excludeClientAddresses(f -> f.excludeClientAddresses(anywhere())),
    states(f -> f.states(List.of("idle"))),
    queryPattern(f -> f.queryPattern(".")),
    excludeQueryPattern(f -> f.excludeQueryPattern("nothing")),
    minSessionAge(f -> f.minSessionAge(AGE)),
    minTransactionAge(f -> f.minTransactionAge(AGE)),
    minQueryAge(f -> f.minQueryAge(AGE)),
    minStateAge(f -> f.minStateAge(AGE)),
    backendTypes(f -> f.backendTypes(List.of("walsender")));

    private final UnaryOperator<Builder> filter;

    Parameter(UnaryOperator<Builder> filter) {
      this.filter = filter;
    }

    private static List<ClientAddress> anywhere() {
      return List.of(ClientAddress.parse("", "0.0.0.0/0"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void isRefusedWithTheGrantAndNobodyIsTouched(Parameter parameter) throws SQLException {
    String me = SERVER.createRole("login in role pg_signal_backend");
    String stranger = SERVER.createRole("login");
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      Client mine = clients.as(me, "seen").idle();
      Client hidden = clients.as(stranger, "hidden").idle();
      TestJob job = TestJob.on(SERVER, database).as(me).filter(parameter.filter);

      assertThatThrownBy(job::run)
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("the server hides from this role what " + parameter + " needs")
          .hasMessageContaining("1 session (pid " + hidden.pid() + " of " + stranger)
          .hasMessageEndingWith("nothing was touched")
          .satisfies(
              e ->
                  assertThat(((PgkillFailure) e).remedy().orElseThrow())
                      .startsWith("GRANT pg_read_all_stats TO \"" + me + "\""));
      assertThat(mine.alive() && hidden.alive()).isTrue();

      SERVER.execute("grant pg_read_all_stats to " + me);
      job.run();
    }
  }

  @Test
  void isNoMatterWhereWhatIsSeenDecides() throws SQLException {
    String me = SERVER.createRole("login in role pg_signal_backend");
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      Client mine = clients.as(me, "seen").idle();
      Client hidden = clients.as(SERVER.createRole("login"), "hidden").idle();

      Termination termination =
          TestJob.on(SERVER, database)
              .as(me)
              .filter(f -> f.sessionUsers(List.of(me)).states(List.of("idle")))
              .run();

      assertThat(TestJob.pids(termination)).containsExactly(mine.pid());
      assertThat(mine.alive()).isFalse();
      assertThat(hidden.alive()).isTrue();
    }
  }

  @Test
  void dryRunRefusesAsTheRealRunWould() throws SQLException {
    String me = SERVER.createRole("login");
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      Client hidden = clients.idle();

      TestJob job = TestJob.on(SERVER, database).as(me).filter(SessionFilter.ALL_CLIENTS).dryRun();
      assertThatThrownBy(job::run)
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("pid " + hidden.pid());
      assertThat(job.report().statements()).isEmpty();
      assertThat(job.report().listed())
          .singleElement()
          .satisfies(listed -> assertThat(listed.foreseen()).isInstanceOf(Outcome.Refused.class));
    }
  }
}
