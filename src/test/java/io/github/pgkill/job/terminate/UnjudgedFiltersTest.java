package io.github.pgkill.job.terminate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.sessions.SessionFilter.Builder;
import io.github.pgkill.model.value.NamePattern;
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

/** A filter that cannot be judged is refused, and neither misses nor hits somebody in silence. */
class UnjudgedFiltersTest {

  private static final TestServer SERVER = TestServer.shared();

  private static String database;

  @BeforeAll
  static void createDatabase() throws SQLException {
    database = SERVER.createDatabase();
  }

  enum Parameter {
    states(f -> f.states(List.of("idle"))),
    queryPattern(f -> f.queryPattern(".")),
    excludeQueryPattern(f -> f.excludeQueryPattern("nothing")),
    minTransactionAge(f -> f.minTransactionAge(Duration.ofMillis(1))),
    minQueryAge(f -> f.minQueryAge(Duration.ofMillis(1))),
    minStateAge(f -> f.minStateAge(Duration.ofMillis(1)));

    private final UnaryOperator<Builder> filter;

    Parameter(UnaryOperator<Builder> filter) {
      this.filter = filter;
    }
  }

  @ParameterizedTest
  @EnumSource
  void whoseActivitiesAreNotTrackedIsNamed(Parameter parameter) throws SQLException {
    String silent = SERVER.createRole("superuser login");
    SERVER.execute("alter role " + silent + " set track_activities = off");
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      Client unknown = clients.as(silent, "silent").idle();
      Client known = clients.idle();
      TestJob job = TestJob.on(SERVER, database).filter(parameter.filter);

      assertThatThrownBy(job::run)
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContainingAll("cannot be judged", "pid " + unknown.pid(), "track_activities")
          .hasMessageEndingWith("nothing was touched");
      assertThat(known.alive() && unknown.alive()).isTrue();

      TestJob.on(SERVER, database)
          .filter(f -> parameter.filter.apply(f).excludeSessionUsers(List.of(silent)))
          .run();
      assertThat(unknown.alive()).isTrue();
    }
  }

  @Test
  void disabledIsAStateThatCanBeAskedFor() throws SQLException {
    String silent = SERVER.createRole("superuser login");
    SERVER.execute("alter role " + silent + " set track_activities = off");
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      Client unknown = clients.as(silent, "silent").idle();
      Client known = clients.idle();
      TestJob.on(SERVER, database).filter(f -> f.states(List.of("disabled"))).run();
      assertThat(unknown.alive()).isFalse();
      assertThat(known.alive()).isTrue();
    }
  }

  /** A list's values are trimmed, so that such a name could only be missed. */
  @Test
  void aRoleWithABlankAtItsEndIsNotTakenForAnotherOne() throws SQLException {
    String role = SERVER.createRole("login");
    SERVER.execute("create role \"" + role + " \" superuser login");
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      Client client = clients.as(role + " ", "blank").idle();
      for (UnaryOperator<Builder> filter :
          List.<UnaryOperator<Builder>>of(
              f -> f.sessionUsers(List.of(role)), f -> f.excludeSessionUsers(List.of(role)))) {
        TestJob job = TestJob.on(SERVER, database).filter(filter);
        assertThatThrownBy(job::run)
            .isInstanceOf(PgkillFailure.class)
            .hasMessageContainingAll("cannot be judged", "pid " + client.pid(), "blanks");
      }
      assertThat(client.alive()).isTrue();
    } finally {
      SERVER.execute("drop role \"" + role + " \"");
    }
  }

  @Test
  void norAnApplication() throws SQLException {
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      Client client = clients.as(TestServer.SUPERUSER, "worker ").idle();
      TestJob job =
          TestJob.on(SERVER, database)
              .filter(f -> f.excludeApplicationNames(List.of(new NamePattern("worker", false))));
      assertThatThrownBy(job::run).hasMessageContaining("cannot be judged");
      assertThat(client.alive()).isTrue();
      TestJob.on(SERVER, database)
          .filter(f -> f.excludeApplicationNames(List.of(new NamePattern("^worker", true))))
          .run();
      assertThat(client.alive()).isTrue();
    }
  }
}
