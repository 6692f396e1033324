package io.github.pgkill.maven.build;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.maven.goal.RecordingLog;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.report.console.ProgressLine;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MojoConsoleTest {

  private static final ConsoleStyle TERMINAL = new ConsoleStyle(true, true, 100);

  private final RecordingLog log = new RecordingLog();

  /** Maven says no with -B, -l and style.color=never, and in a pipe yes: it strips them itself. */
  @ParameterizedTest
  @CsvSource({
    "true,  auto,   ,   true,  true,  100, true,  true",
    "false, auto,   ,   true,  true,  100, false, false",
    "true,  auto,   1,  true,  true,  100, false, false",
    "true,  auto,   '', true,  true,  100, true,  true",
    "true,  always, 1,  true,  true,  100, true,  true",
    "true,  auto,   ,   false, true,  100, false, false",
    "true,  always, ,   false, true,  100, true,  false",
    "true,  auto,   ,   true,  false, 100, true,  false",
    "true,  auto,   ,   true,  true,  0,   true,  false",
  })
  void coloursFollowMaven(
      boolean maven,
      String asked,
      @Nullable String noColor,
      boolean terminal,
      boolean alone,
      int width,
      boolean colours,
      boolean rewrites) {
    assertThat(ConsoleStyle.of(maven, asked, noColor, terminal, alone, width))
        .isEqualTo(new ConsoleStyle(colours, rewrites, width));
  }

  @Test
  void aLogGetsTextOnly() {
    MojoConsole console = new MojoConsole(log, ConsoleStyle.PLAIN);
    sayEverything(console);
    assertThat(log.lines("info")).containsExactly("pid  role", "1    app", "clear", "1", "2", "x");
    assertThat(console.width()).isEqualTo(110);
  }

  @Test
  void aTerminalGetsBoldHeadsAVerdictInColourAndOneLineOfProgress() {
    sayEverything(new MojoConsole(log, TERMINAL));
    assertThat(log.lines("info"))
        .containsExactly(
            "\u001b[1mpid  role\u001b[m",
            "1    app",
            "\u001b[32mclear\u001b[m",
            "1",
            "\u001b[1A\r\u001b[J[\u001b[1;34mINFO\u001b[m] 2",
            "x");
  }

  @Test
  void progressNeverOverwritesAnotherLine() {
    MojoConsole console = new MojoConsole(log, TERMINAL);
    console.progress("1");
    console.warn("look!");
    console.progress("2");
    new MojoConsole(log, TERMINAL).progress("of the next goal");
    assertThat(log.lines("info")).containsExactly("1", "2", "of the next goal");
  }

  @Test
  void progressIsFrequentWhereItTakesNoRoom() {
    MojoConsole terminal = new MojoConsole(log, TERMINAL);
    MojoConsole plain = new MojoConsole(log, ConsoleStyle.PLAIN);
    assertThat(lines(new ProgressLine("to end", Duration.ofSeconds(30), terminal))).isEqualTo(20);
    assertThat(lines(new ProgressLine("to end", Duration.ofSeconds(30), plain))).isEqualTo(4);
  }

  private static int lines(ProgressLine progress) {
    int lines = 0;
    for (int millis = 0; millis <= 20_000; millis += 100) {
      lines += progress.at(Duration.ofMillis(millis), List.of()).isPresent() ? 1 : 0;
    }
    return lines;
  }

  private static void sayEverything(MojoConsole console) {
    console.table(List.of("pid  role", "1    app"));
    console.verdict(new Verdict(Verdict.Status.SUCCESS, "clear", List.of()));
    console.progress("1");
    console.progress("2");
    console.info("x");
  }
}
