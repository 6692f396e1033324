package io.github.pgkill.job.terminate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.report.Statement;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.testing.Looks;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who may end whose session, and whether what a refusal advises works, on a real server. */
class PermissionsTest {

  private static final TestServer SERVER = TestServer.shared();

  /** Creating one takes longer than everything else; only its owner's case needs another. */
  private static String shared;

  @BeforeAll
  static void createDatabase() throws SQLException {
    shared = SERVER.createDatabase();
  }

  /** What PostgreSQL 10 to 18 do, in roles, and what the plugin has to make of it. */
  enum Case {
    SAME_ROLE("login", "", "gone"),
    MEMBER("login", "grant {victim} to {me}", "gone"),
    INDIRECT_MEMBER("login", "grant {victim} to {group}; grant {group} to {me}", "gone"),
    NOINHERIT_MEMBER("login noinherit", "grant {victim} to {me}", "refused"),
    NOINHERIT_MEMBER_WHO_SEES(
        "login in role pg_read_all_stats",
        "alter role {group} noinherit; grant {victim} to {group}; grant {group} to {me}",
        "refused"),
    NOINHERIT_MEMBER_WITH_SET_ROLE("login noinherit", "grant {victim} to {me}", "gone"),
    STRANGER("login", "", "refused"),
    NOINHERIT_STRANGER("login noinherit", "", "refused"),
    STRANGER_WHO_SEES("login in role pg_read_all_stats", "", "refused"),
    SIGNALLER("login in role pg_signal_backend", "", "refused"),
    SIGNALLER_WHO_SEES("login in role pg_signal_backend, pg_read_all_stats", "", "gone"),
    SIGNALLER_WHO_MONITORS("login in role pg_signal_backend, pg_monitor", "", "gone"),
    NOINHERIT_SIGNALLER(
        "login noinherit in role pg_signal_backend, pg_read_all_stats", "", "refused"),
    NOINHERIT_SIGNALLER_WHO_SEES(
        "login in role pg_read_all_stats",
        "alter role {group} noinherit; grant pg_signal_backend to {group}; grant {group} to {me}",
        "refused"),
    SIGNALLER_BY_SET_ROLE(
        "login noinherit",
        "grant pg_signal_backend, pg_read_all_stats to {group}; grant {group} to {me}",
        "gone"),
    OWNER_OF_THE_DATABASE("login", "alter database {db} owner to {me}", "refused"),
    BARE_CREATEROLE("login createrole createdb", "", "refused"),
    ADMINISTRATOR_OF_A_MANAGED_SERVICE(
        "login createrole createdb in role pg_signal_backend, pg_monitor", "", "gone"),
    SUPERUSERS_SESSION(
        "login in role pg_signal_backend, pg_monitor", "alter role {victim} superuser", "refused"),
    SUPERUSERS_SESSION_UNSEEN(
        "login in role pg_signal_backend", "alter role {victim} superuser", "refused"),
    SUPERUSER_TO_SUPERUSER("login superuser", "alter role {victim} superuser", "gone");

    private final String me;
    private final String setup;
    private final String outcome;

    Case(String me, String setup, String outcome) {
      this.me = me;
      this.setup = setup;
      this.outcome = outcome;
    }

    boolean mendable() {
      return outcome.equals("refused") && !name().startsWith("SUPERUSERS_");
    }
  }

  @ParameterizedTest
  @EnumSource
  void outcomeIsTheServersAndAllAdviceWorks(Case permission) throws SQLException {
    int tried = 0;
    int pieces;
    do {
      pieces = play(permission, tried++);
    } while (tried < pieces);
    assertThat(pieces > 0).as("there is advice").isEqualTo(permission.mendable());
  }

  /** Plays a case on fresh roles and takes that piece of the advice; returns how many there are. */
  private static int play(Case permission, int piece) throws SQLException {
    Scene scene = new Scene(permission);
    try (StubbornClients clients = StubbornClients.of(SERVER, scene.database)) {
      StubbornClients.Client victim = clients.as(scene.victim, "victim").idle();

      Termination termination = scene.job().run();

      assertThat(TestJob.outcomeOf(termination, victim)).isEqualTo(permission.outcome);
      assertThat(termination.results()).hasSize(1);
      assertThat(victim.alive()).isEqualTo(permission.outcome.equals("refused"));
      if (!victim.alive()) {
        assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
        return 0;
      }
      String remedy = remedyOfRefusal(termination, victim);
      if (!permission.mendable()) {
        assertThat(remedy)
            .startsWith("Only a superuser may end a superuser's session")
            .doesNotContain("GRANT");
        return 0;
      }
      List<Advice> advice = Advice.in(remedy);
      assertThat(advice).as(remedy).isNotEmpty();
      TestJob again = scene.job();
      advice.get(piece).take(again);
      assertThat(TestJob.outcomeOf(again.run(), victim))
          .as("after %s of: %s", advice.get(piece), remedy)
          .isEqualTo("gone");
      assertThat(victim.alive()).isFalse();
      return advice.size();
    }
  }

  private static String remedyOfRefusal(Termination termination, StubbornClients.Client victim) {
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.FAILURE);
    Outcome.Refused refused =
        (Outcome.Refused) TestJob.resultOf(termination, victim.id()).outcome();
    assertThat(refused.reason())
        .containsAnyOf(
            "must be a member of the role",
            "must be a superuser",
            "permission denied to terminate process",
            "may not see when the session began");
    assertThat(refused.refusal().cause()).isIn(Refusal.Cause.SERVER, Refusal.Cause.HIDDEN);
    assertThat(refused.remedy()).isNotNull().isEqualTo(termination.remedy());
    return refused.remedy();
  }

  @Test
  void adminOptionAloneIsNoWayToSetRole() throws SQLException {
    assumeTrue(SERVER.major() >= 16, "before 16 the admin option comes with membership");
    Scene scene = new Scene(Case.STRANGER);
    SERVER.execute(
        "grant %s to %s with admin true, inherit false, set false"
            .formatted(scene.victim, scene.me));
    try (StubbornClients clients = StubbornClients.of(SERVER, scene.database)) {
      StubbornClients.Client victim = clients.as(scene.victim, "victim").idle();

      Termination termination = scene.job().run();

      assertThat(termination.remedy()).isNotNull().doesNotContain("pgkill.role");
      Advice.in(termination.remedy()).get(0).take(scene.job());
      assertThat(TestJob.outcomeOf(scene.job().run(), victim)).isEqualTo("gone");
    }
  }

  @Test
  void oneRefusedSessionDoesNotSpareTheOthers() throws SQLException {
    Scene scene = new Scene(Case.SIGNALLER_WHO_SEES);
    String another = SERVER.createRole("login");
    try (StubbornClients clients = StubbornClients.of(SERVER, scene.database)) {
      StubbornClients.Client before = clients.as(scene.victim, "victim").idle();
      StubbornClients.Client superuser = clients.as(TestServer.SUPERUSER, "victim").idle();
      StubbornClients.Client after = clients.as(another, "victim").idleInTransaction();

      Termination termination = scene.job().run();

      assertThat(TestJob.outcomeOf(termination, before)).isEqualTo("gone");
      assertThat(TestJob.outcomeOf(termination, superuser)).isEqualTo("refused");
      assertThat(TestJob.outcomeOf(termination, after)).isEqualTo("gone");
      assertThat(superuser.alive()).isTrue();
      assertThat(before.alive() || after.alive()).isFalse();
      assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.FAILURE);
      assertThat(termination.verdict().summary())
          .contains("1 selected session")
          .contains("pid " + superuser.pid());
    }
  }

  @ParameterizedTest
  @EnumSource
  void whoeverTheServerWouldRefuseIsKnownBeforeAnybodyIsTouched(Case permission)
      throws SQLException {
    Scene scene = new Scene(permission);
    try (StubbornClients clients = StubbornClients.of(SERVER, scene.database)) {
      StubbornClients.Client victim = clients.as(scene.victim, "victim").idle();
      TestJob job = scene.job().stoppingWhenRefused();

      // what the server itself does is in the table of permissions, which is tested above
      if (!permission.outcome.equals("refused")) {
        assertThat(TestJob.outcomeOf(job.run(), victim)).isEqualTo("gone");
        return;
      }
      StubbornClients.Client own = clients.as(scene.me, "victim").idle();
      assertThatThrownBy(job::run)
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("1 selected session")
          .hasMessageContaining("pid " + victim.pid())
          .hasMessageContaining("nobody was terminated");
      assertThat(own.alive() && victim.alive()).isTrue();
      assertThatThrownBy(() -> scene.job().stoppingWhenRefused().dryRun().run())
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("pid " + victim.pid());
    }
  }

  /** The real run would end one session and fail because of the other. */
  @Test
  void aDryRunThatWouldEndOnlySomeSaysThatItWouldFail() throws SQLException {
    Scene scene = new Scene(Case.SIGNALLER_WHO_SEES);
    try (StubbornClients clients = StubbornClients.of(SERVER, scene.database)) {
      StubbornClients.Client within = clients.as(scene.victim, "victim").idle();
      StubbornClients.Client superuser = clients.as(TestServer.SUPERUSER, "admin").idle();
      TestJob job = scene.job().dryRun();

      assertThatThrownBy(job::run)
          .isInstanceOfSatisfying(
              PgkillFailure.class,
              e ->
                  assertThat(e.remedy().orElseThrow())
                      .contains("connect as one", "-Dpgkill.excludeApplicationNames=admin"))
          .hasMessageStartingWith("dry run: would terminate 1 session of database ")
          .hasMessageContaining("the goal would fail then, because 1 selected session may not")
          .hasMessageContaining("pid " + superuser.pid());
      assertThat(within.alive() && superuser.alive()).isTrue();
      assertThat(job.report().statements()).hasSize(1).noneMatch(Statement::executed);
      assertThat(job.report().listed())
          .filteredOn(listed -> listed.foreseen() instanceof Outcome.Refused)
          .extracting(listed -> listed.session().pid())
          .containsExactly(superuser.pid());
    }
  }

  @Test
  void aRefusalSaysWhatMendsItAndWhatSparesTheOneOutOfReach() throws SQLException {
    Scene scene = new Scene(Case.STRANGER_WHO_SEES);
    try (StubbornClients clients = StubbornClients.of(SERVER, scene.database)) {
      clients.as(scene.victim, "victim").idle();

      assertThatThrownBy(() -> scene.job().stoppingWhenRefused().run())
          .isInstanceOfSatisfying(
              PgkillFailure.class,
              e ->
                  assertThat(e.remedy().orElseThrow())
                      .contains("GRANT pg_signal_backend")
                      .contains(
                          "-Dpgkill.excludeSessionUsers="
                              + scene.victim
                              + " or -Dpgkill.excludeApplicationNames=victim")
                      .contains("-Dpgkill.whenRefused=continue"));
    }
  }

  @Test
  void refusedSessionThatEndsByItselfIsAlreadyGone() throws SQLException {
    Scene scene = new Scene(Case.STRANGER_WHO_SEES);
    try (StubbornClients clients = StubbornClients.of(SERVER, scene.database)) {
      StubbornClients.Client victim = clients.as(scene.victim, "victim").idle();
      TestJob job = scene.job().quietPeriod(Duration.ofSeconds(15));
      CompletableFuture<Void> meanwhile =
          CompletableFuture.runAsync(
              () -> {
                Looks.begun(SERVER, Looks.FOR_LOGINS);
                Looks.pass(SERVER);
                disconnect(victim);
              });

      Termination termination = job.run();
      meanwhile.join();

      assertThat(TestJob.outcomeOf(termination, victim)).isEqualTo("already gone");
      assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    }
  }

  private static void disconnect(StubbornClients.Client client) {
    try {
      client.connection().close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** One case's roles and database, which nobody else has. */
  private static final class Scene {
    private final Case permission;
    private final String me;
    private final String victim;
    private final String group;
    private final String database;

    Scene(Case permission) throws SQLException {
      this.permission = permission;
      me = SERVER.createRole(permission.me);
      victim = permission == Case.SAME_ROLE ? me : SERVER.createRole("login");
      group = SERVER.createRole("");
      database = permission == Case.OWNER_OF_THE_DATABASE ? SERVER.createDatabase() : shared;
      if (!permission.setup.isEmpty()) {
        SERVER.execute(
            permission
                .setup
                .replace("{me}", me)
                .replace("{victim}", victim)
                .replace("{group}", group)
                .replace("{db}", database));
      }
    }

    TestJob job() {
      TestJob job = TestJob.on(SERVER, database).as(me);
      return switch (permission) {
        case NOINHERIT_MEMBER_WITH_SET_ROLE -> job.connection(c -> c.role(victim));
        case SIGNALLER_BY_SET_ROLE -> job.connection(c -> c.role(group));
        default -> job;
      };
    }
  }

  /** One thing that a refusal advises: SQL to execute, or a role to set. */
  private record Advice(String sql, String role) {

    private static final Pattern PIECE =
        Pattern.compile("-Dpgkill\\.role=(?<role>\\S+)|(?<sql>(?:(?:GRANT|ALTER ROLE) [^;]+; ?)+)");

    static List<Advice> in(String remedy) {
      List<Advice> advice = new ArrayList<>();
      Matcher matcher = PIECE.matcher(remedy);
      while (matcher.find()) {
        advice.add(new Advice(matcher.group("sql"), matcher.group("role")));
      }
      return advice;
    }

    void take(TestJob job) throws SQLException {
      if (role == null) {
        SERVER.execute(sql);
      } else {
        job.connection(c -> c.role(role));
      }
    }
  }
}
