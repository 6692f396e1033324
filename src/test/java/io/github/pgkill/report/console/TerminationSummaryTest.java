package io.github.pgkill.report.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.model.sessions.Exclusion;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.report.text.LineAssertions;
import io.github.pgkill.report.text.Samples;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

public class TerminationSummaryTest {

  private static final Duration TOOK = Duration.ofMillis(340);
  private static final Outcome REFUSED =
      refused("must be a superuser to terminate superuser process", "Connect as a superuser.");
  private static final Outcome EXCLUDED = new Outcome.Excluded(Exclusion.EXCLUDE_SESSION_USERS);

  @Test
  void oneLineSaysItAll() {
    List<SessionResult> results = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      results.add(
          new SessionResult(Samples.waiting(100 + i), new Outcome.Gone(TOOK), i < 2, TOOK, false));
    }
    results.add(of(Samples.hidden(1), REFUSED));
    results.add(of(Samples.waiting(2), EXCLUDED));
    assertThat(summary(results).line())
        .isEqualTo(
            "terminated 12 of 14 sessions in 340ms: 12 gone (2 newcomers), 1 refused, 1 excluded");
  }

  @Test
  void theWordsOfFewAndNone() {
    assertThat(summary(List.of()).line()).isEqualTo("no session to terminate, seen in 340ms");
    assertThat(summary(List.of(of(Samples.waiting(1), new Outcome.AlreadyGone()))).line())
        .isEqualTo("terminated 0 of 1 session in 340ms: 1 already gone");
    assertThat(summary(List.of()).details()).isEmpty();
  }

  @Test
  void sameReasonsAreToldOnceWithTheRemedy() {
    List<SessionResult> results =
        List.of(
            of(Samples.hidden(7), REFUSED),
            of(Samples.hidden(8), REFUSED),
            of(Samples.hidden(9), REFUSED));
    assertThat(summary(results).details())
        .containsExactly(
            "refused: 3 sessions of role postgres (pids 7, 8, 9): must be a superuser to terminate"
                + " superuser process",
            "    Connect as a superuser.");
  }

  @Test
  void survivorsAndTheSparedWhoHoldLocksAreNamed() {
    Session backup = Samples.session(5, "backup", "pg_dump", "copy t", null);
    List<SessionResult> results =
        List.of(
            of(Samples.waiting(4), new Outcome.Survived(Duration.ofSeconds(30))),
            new SessionResult(backup, EXCLUDED, false, null, true),
            of(Samples.waiting(6), EXCLUDED));
    assertThat(summary(results).details())
        .containsExactly(
            "survived: 1 session of role app (pid 4), still there 30s after the signal");
    assertThat(summary(results).spared())
        .containsExactly(
            "excluded: 2 sessions of roles backup, app (pids 5, 6):"
                + " excludeSessionUsers; still holding locks: pid 5 of backup/pg_dump");
  }

  @Test
  void aNewcomerOutOfReachIsNotSaidToHaveBeenSignalled() {
    assertThat(
            summary(List.of(of(Samples.waiting(4), new Outcome.Survived(Duration.ZERO)))).details())
        .containsExactly(
            "survived: 1 session of role app (pid 4), still there, out of this role's reach");
  }

  @Test
  void thousandsOfReasonsAreBounded() {
    List<SessionResult> results = new ArrayList<>();
    for (int i = 0; i < 4_000; i++) {
      results.add(of(Samples.hidden(i + 1), refused("reason " + i, null)));
    }
    List<String> details = summary(results).details();
    assertThat(details).hasSize(9);
    assertThat(details.get(8))
        .isEqualTo("refused: 3992 more sessions for 3992 other reasons, named in the JSON report");
  }

  @Test
  void noLineExceedsTheWidthOrCarriesControls() {
    Random random = new Random(21);
    for (int i = 0; i < 500; i++) {
      int width = 20 + random.nextInt(231);
      List<SessionResult> results = new ArrayList<>();
      for (Session session : Samples.random(random, random.nextInt(40))) {
        results.add(
            new SessionResult(
                session, outcome(random), random.nextBoolean(), null, random.nextBoolean()));
      }
      TerminationSummary summary = TerminationSummary.of(results, TOOK, width);
      LineAssertions.assertHarmless(summary.line());
      LineAssertions.assertWithin(width, summary.details());
      LineAssertions.assertWithin(width, summary.spared());
    }
  }

  public static Outcome outcome(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> new Outcome.Gone(Duration.ofMillis(random.nextInt(1_000)));
      case 1 -> new Outcome.AlreadyGone();
      case 2 -> refused(Samples.text(random), random.nextBoolean() ? null : Samples.text(random));
      case 3 -> new Outcome.Survived(Duration.ofSeconds(30));
      default ->
          new Outcome.Excluded(Exclusion.values()[random.nextInt(Exclusion.values().length)]);
    };
  }

  private static Outcome refused(String reason, @Nullable String remedy) {
    return new Outcome.Refused(new Refusal(Refusal.Cause.SERVER, reason, remedy));
  }

  private static SessionResult of(Session session, Outcome outcome) {
    return new SessionResult(session, outcome, false, null, false);
  }

  private static TerminationSummary summary(List<SessionResult> results) {
    return TerminationSummary.of(results, TOOK, 200);
  }
}
