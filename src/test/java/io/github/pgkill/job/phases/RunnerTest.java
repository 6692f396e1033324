package io.github.pgkill.job.phases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.testing.RecordedConsole;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** In which order phases are checked, said, run and ended. */
final class RunnerTest {

  private final List<String> log = new ArrayList<>();
  private final List<String> lines = new ArrayList<>();

  /** One that writes down what is asked of it. */
  private class Step implements Phase<Integer> {

    private final String name;
    private int checks;
    private boolean refuses;
    private boolean fails;
    private boolean failsToEnd;
    private boolean takesLong;
    private boolean noReturn;
    private boolean overtakes;

    Step(String name) {
      this.name = name;
    }

    @Override
    public Integer check() {
      log.add(name + " checks");
      if (refuses) {
        throw new PgkillFailure(name + " refuses", null);
      }
      return ++checks;
    }

    @Override
    public void say(Integer plan) {
      log.add(name + " says " + plan);
    }

    @Override
    public void run(Integer plan) {
      log.add(name + " runs " + plan);
      if (fails) {
        throw new PgkillFailure(name + " fails", null);
      }
    }

    @Override
    public void end(Integer plan, Ending ending) {
      log.add(name + " ends " + ending);
      if (failsToEnd) {
        throw new PgkillFailure(name + " does not end", "Mend it.");
      }
    }

    @Override
    public boolean takesLong() {
      return takesLong;
    }

    @Override
    public boolean isPointOfNoReturn() {
      return noReturn;
    }

    @Override
    public boolean overtakes(PgkillException failure) {
      return overtakes;
    }
  }

  private final Step a = new Step("a");
  private final Step b = new Step("b");
  private final Step c = new Step("c");

  private void run(boolean dryRun, Step... phases) {
    new Runner(dryRun, new RecordedConsole(lines)).run(Arrays.asList(phases));
  }

  @Test
  void allAreCheckedBeforeTheFirstRunsAndEndedLastToFirst() {
    run(false, a, b);

    assertThat(log)
        .containsExactly(
            "a checks", "b checks", "a runs 1", "b runs 1", "b ends DONE", "a ends DONE");
  }

  @Test
  void aDryRunStopsBeforeTheFirstChange() {
    run(true, a, b);

    assertThat(log).containsExactly("a checks", "b checks", "a says 1", "b says 1");
  }

  @Test
  void aDryRunRefusesWhatTheRealRunRefuses() {
    b.refuses = true;

    for (boolean dryRun : new boolean[] {true, false}) {
      log.clear();
      assertThatThrownBy(() -> run(dryRun, a, b, c)).hasMessage("b refuses");
      assertThat(log).containsExactly("a checks", "b checks");
    }
  }

  @Test
  void whatFailsIsEndedWithAllThatBeganAndNoneThatDidNot() {
    b.fails = true;

    assertThatThrownBy(() -> run(false, a, b, c)).hasMessage("b fails");

    assertThat(log)
        .endsWith("a runs 1", "b runs 1", "b ends FAILED", "a ends FAILED")
        .noneMatch(entry -> entry.startsWith("c runs") || entry.startsWith("c ends"));
  }

  @Test
  void whatFailsToEndKeepsNobodyElseFromItAndIsTold() {
    b.fails = true;
    b.failsToEnd = true;

    assertThatThrownBy(() -> run(false, a, b))
        .hasMessage("b fails")
        .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));

    assertThat(log).endsWith("b ends FAILED", "a ends FAILED");
    assertThat(String.join("\n", lines)).contains("b does not end. Mend it.");
  }

  @Test
  void whatFailsToEndAfterAllWasDoneIsAFailure() {
    b.failsToEnd = true;

    assertThatThrownBy(() -> run(false, a, b)).hasMessage("b does not end");

    assertThat(log).endsWith("b ends DONE", "a ends DONE");
  }

  @Test
  void afterALongPhaseAllLaterOnesAreCheckedAgain() {
    b.takesLong = true;

    run(false, a, b, c);

    assertThat(log)
        .containsSubsequence("a runs 1", "b runs 1", "c checks", "c runs 2", "c ends DONE")
        .containsOnlyOnce("a checks");
  }

  @Test
  void pastThePointOfNoReturnNothingEarlierIsUndone() {
    b.noReturn = true;
    c.fails = true;

    assertThatThrownBy(() -> run(false, a, b, c)).hasMessage("c fails");

    assertThat(log)
        .containsSubsequence(
            "b runs 1", "b ends OVERTAKEN", "a ends OVERTAKEN", "c runs 1", "c ends FAILED")
        .doesNotContain("a ends FAILED");
  }

  @Test
  void aFailureMayComeTooLateForUndoing() {
    b.fails = true;
    b.overtakes = true;

    assertThatThrownBy(() -> run(false, a, b)).hasMessage("b fails");

    assertThat(log).endsWith("b ends OVERTAKEN", "a ends OVERTAKEN");
  }

  @Test
  void theEndOfTheProcessEndsWhatIsUnderWay() {
    Step interrupting =
        new Step("i") {
          @Override
          public void run(Integer plan) {
            assertThat(Runner.isIdle()).isFalse();
            Runner.interruptAll(new RecordedConsole(lines));
          }
        };

    run(false, a, interrupting);

    assertThat(log).containsSubsequence("a runs 1", "i ends INTERRUPTED", "a ends INTERRUPTED");
    assertThat(Runner.isIdle()).isTrue();
  }

  @Test
  void anErrorOfOursIsEndedToo() {
    Step broken =
        new Step("x") {
          @Override
          public void run(Integer plan) {
            throw new IllegalStateException("a defect");
          }
        };

    assertThatThrownBy(() -> run(false, a, broken)).hasMessage("a defect");

    assertThat(log).endsWith("x ends FAILED", "a ends FAILED");
  }
}
