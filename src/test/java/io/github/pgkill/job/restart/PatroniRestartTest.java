package io.github.pgkill.job.restart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.host.RestartWith;
import io.github.pgkill.model.host.ShutdownMode;
import io.github.pgkill.model.report.Statement;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.testing.Fleet;
import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.Needs;
import io.github.pgkill.testing.TestConnection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code restartWith=patroni} on a real cluster: Patroni is told, and nobody fails over. */
@Tag("fleet")
@Needs(Machine.FLEET)
class PatroniRestartTest {

  private static Fleet fleet;
  private static String identifier;

  private Fleet.Node leader;
  private String startedAt;

  @BeforeAll
  static void start() throws SQLException {
    fleet = Fleet.shared();
    identifier = fleet.systemIdentifier();
  }

  @BeforeEach
  void aLeader() throws SQLException {
    fleet.awaitHealthy();
    leader = fleet.leader();
    startedAt = startOf(leader);
  }

  @Test
  void theLeaderRestartsAndLeadsStill() throws SQLException {
    RestartJob job = job(leader.port()).with(RestartWith.PATRONI);
    Termination done = job.run();
    assertThat(done.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(startOf(leader)).isNotEqualTo(startedAt);
    assertThat(fleet.leader()).isEqualTo(leader);
    assertThat(job.report().statements())
        .extracting(Statement::text)
        .contains("POST " + leader.rest() + "/restart");
    assertThat(job.lines()).noneMatch(line -> line.contains(Fleet.REST_PASSWORD));
  }

  @Test
  void autoTakesPatroniWhereItIsNamedAndHaproxyIsNoObstacle() throws SQLException {
    Termination done = job(fleet.haproxyPort()).with(RestartWith.AUTO).run();
    assertThat(done.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(startOf(leader)).isNotEqualTo(startedAt);
    assertThat(fleet.leader()).isEqualTo(leader);
  }

  @Test
  void aDryRunSaysWhatItWouldAskFor() throws SQLException {
    RestartJob job = job(leader.port()).with(RestartWith.PATRONI).dryRun();
    assertThat(job.run().verdict().status()).isEqualTo(Verdict.Status.DRY_RUN);
    assertThat(job.lines())
        .anyMatch(line -> line.contains("the leader of Patroni's cluster, " + leader.name()));
    assertUntouched();
  }

  @Test
  void whatIsScheduledIsNotInterferedWith() throws SQLException {
    String later = "\"2099-01-01T00:00:00+00:00\"";
    try {
      expect(202, "/restart", "{\"schedule\": " + later + "}");
      assertThatThrownBy(() -> job(leader.port()).with(RestartWith.PATRONI).run())
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("a restart of " + leader.name() + " scheduled")
          .hasMessageContaining("2099");
    } finally {
      fleet.rest(leader, "DELETE", "/restart", "");
    }
    try {
      String who = "{\"leader\": \"" + leader.name() + "\", \"scheduled_at\": " + later + "}";
      expect(202, "/switchover", who);
      assertThatThrownBy(() -> job(leader.port()).with(RestartWith.PATRONI).run())
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("a switchover scheduled")
          .hasMessageContaining("2099");
    } finally {
      fleet.rest(leader, "DELETE", "/switchover", "");
    }
    assertUntouched();
  }

  @Test
  void aWrongPasswordIsToldWithWhatMendsIt() throws SQLException {
    assertThatThrownBy(
            () ->
                job(leader.port())
                    .with(RestartWith.PATRONI)
                    .patroni(Fleet.REST_USER, "not-the-password", leader.rest())
                    .run())
        .isInstanceOf(PgkillError.class)
        .hasMessageContaining("HTTP status 401")
        .hasMessageContaining("the server was not restarted")
        .hasMessageNotContaining("not-the-password")
        .satisfies(
            e ->
                assertThat(((PgkillError) e).remedy())
                    .hasValueSatisfying(mend -> assertThat(mend).contains("patroniServerId")));
    assertUntouched();
  }

  @Test
  void whatPatroniCannotDoIsRefusedBeforeAnybodyIsAsked() throws SQLException {
    assertThatThrownBy(
            () ->
                RestartJob.on(TestConnection.to(leader.port(), "postgres"))
                    .with(RestartWith.PATRONI)
                    .run())
        .isInstanceOf(InvalidParameter.class)
        .hasMessageContaining("patroni");
    assertThatThrownBy(
            () -> job(leader.port()).with(RestartWith.PATRONI).mode(ShutdownMode.IMMEDIATE).run())
        .isInstanceOf(InvalidParameter.class)
        .hasMessageContaining("shutdownMode");
    assertUntouched();
  }

  @Test
  void behindPatronisBackNothingIsRestarted() throws SQLException {
    assertThatThrownBy(
            () ->
                RestartJob.on(TestConnection.to(leader.port(), "app"))
                    .rails(rails())
                    .with(RestartWith.PG_CTL)
                    .affectOtherSessions()
                    .run())
        .hasMessageContaining("managed by Patroni")
        .satisfies(
            e ->
                assertThat(((PgkillFailure) e).remedy())
                    .hasValueSatisfying(mend -> assertThat(mend).contains("restartWith=patroni")));
    assertUntouched();
  }

  @Test
  void aStandbyIsNeverRestarted() throws SQLException {
    Fleet.Node standby = fleet.standbys().get(0);
    assertThatThrownBy(() -> job(standby.port()).with(RestartWith.PATRONI).run())
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("is a standby");
    assertUntouched();
  }

  private static RestartJob job(int port) {
    return RestartJob.on(TestConnection.to(port, "app"))
        .rails(rails())
        .affectOtherSessions()
        .patroni(Fleet.REST_USER, Fleet.REST_PASSWORD, fleet.restUrls().toArray(String[]::new));
  }

  private static GuardRails rails() {
    return new GuardRails(List.of(), List.of(identifier), List.of(), List.of(), null);
  }

  private void expect(int status, String path, String body) {
    assertThat(fleet.rest(leader, "POST", path, body).status()).isEqualTo(status);
  }

  private void assertUntouched() throws SQLException {
    assertThat(startOf(leader)).isEqualTo(startedAt);
    assertThat(fleet.leader()).isEqualTo(leader);
  }

  private static String startOf(Fleet.Node node) throws SQLException {
    return node.server().query("select pg_postmaster_start_time()::text").get(0);
  }
}
