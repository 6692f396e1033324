package io.github.pgkill.report.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.report.text.LineAssertions;
import io.github.pgkill.report.text.Samples;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ProgressLineTest {

  private final ProgressLine progress = new ProgressLine("to end", Duration.ofSeconds(30), 100);

  @Test
  void saysWhoIsLeftHowLongAndUntilWhen() {
    List<Session> left = new ArrayList<>(List.of(Samples.waiting(4711)));
    assertThat(progress.text(Duration.ofMillis(5_070), left))
        .isEqualTo("waiting for 1 session to end (pid 4711 of app/psql): 5s of 30s");
    for (int pid = 1; pid < 10; pid++) {
      left.add(Samples.waiting(pid));
    }
    assertThat(progress.text(Duration.ofSeconds(7), left))
        .isEqualTo(
            "waiting for 10 sessions to end (pid 4711 of app/psql, pid 1 of app/psql, ...): 7s of 30s");
  }

  @Test
  void namesFewerWhereThereIsNoRoom() {
    ProgressLine narrow = new ProgressLine("to end", Duration.ofSeconds(30), 40);
    List<Session> left = List.of(Samples.waiting(1), Samples.waiting(2));
    assertThat(narrow.text(Duration.ofSeconds(5), left))
        .isEqualTo("waiting for 2 sessions to end: 5s of 30s");
  }

  @Test
  void speaksAfterTwoSecondsAndThenEveryFive() {
    List<Long> spoke = new ArrayList<>();
    for (long millis = 0; millis <= 20_000; millis += 100) {
      if (progress.at(Duration.ofMillis(millis), List.of(Samples.waiting(1))).isPresent()) {
        spoke.add(millis);
      }
    }
    assertThat(spoke).containsExactly(2_000L, 7_000L, 12_000L, 17_000L);
  }

  @Test
  void watchingForNewcomersIsAWaitToo() {
    assertThat(progress.text(Duration.ofSeconds(3), List.of()))
        .isEqualTo("no session left, watching for newcomers: 3s of 30s");
  }

  @Test
  void hostileNamesStayOnTheLine() {
    Random random = new Random(31);
    for (int i = 0; i < 500; i++) {
      int width = 20 + random.nextInt(231);
      ProgressLine line = new ProgressLine("to end", Duration.ofSeconds(30), width);
      List<Session> left = Samples.random(random, random.nextInt(9));
      LineAssertions.assertWithin(width, List.of(line.text(Duration.ofSeconds(9), left)));
    }
  }
}
