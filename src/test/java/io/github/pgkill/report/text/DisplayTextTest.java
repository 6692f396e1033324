package io.github.pgkill.report.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class DisplayTextTest {

  @Test
  void whiteSpaceBecomesSingleSpaces() {
    assertThat(DisplayText.clean("  a\r\n\t b\u0085c\u2028d\u00a0e ")).isEqualTo("a b c d e");
  }

  @Test
  void whatATerminalObeysIsMadeVisible() {
    assertThat(DisplayText.clean("\u001b[2J\u009b\u202e\u200b\u0000"))
        .isEqualTo("<U+001B>[2J<U+009B><U+202E><U+200B><U+0000>");
  }

  @Test
  void marksAreCountedAsNothingAndStackedOnlySoHigh() {
    assertThat(DisplayText.clean("e\u0301\u0301\u0301\u0301"))
        .isEqualTo("e\u0301\u0301\u0301<U+0301>");
    assertThat(DisplayText.width("e\u0301")).isEqualTo(1);
    assertThat(DisplayText.clean("\u0301x")).isEqualTo("<U+0301>x");
  }

  @Test
  void wideCharactersCountTwice() {
    assertThat(DisplayText.width("表示ab")).isEqualTo(6);
    assertThat(DisplayText.width("\ud83d\ude00")).isEqualTo(2);
  }

  @Test
  void theCutIsMarkedAndNeverSplitsACharacter() {
    assertThat(DisplayText.fit("abcdefghij", 10))
        .isEqualTo(new DisplayText.Fitted("abcdefghij", false));
    assertThat(DisplayText.fit("abcdefghijk", 10))
        .isEqualTo(new DisplayText.Fitted("abcdefg...", true));
    assertThat(DisplayText.fit("表示表示表示", 8)).isEqualTo(new DisplayText.Fitted("表示...", true));
    assertThat(DisplayText.fit("a\u001b", 8)).isEqualTo(new DisplayText.Fitted("a...", true));
  }

  @Test
  void trailingWhiteSpaceIsNoReasonToCut() {
    assertThat(DisplayText.fit("abc   \n", 3)).isEqualTo(new DisplayText.Fitted("abc", false));
  }

  @Test
  void randomTextsFitAndCleaningTwiceChangesNothing() {
    Random random = new Random(7);
    for (int i = 0; i < 3_000; i++) {
      String raw = randomText(random);
      int width = random.nextInt(60);
      String text = DisplayText.fit(raw, width).text();
      LineAssertions.assertHarmless(text);
      assertThat(DisplayText.width(text)).isLessThanOrEqualTo(width);
      assertThat(DisplayText.clean(DisplayText.clean(raw))).isEqualTo(DisplayText.clean(raw));
      LineAssertions.assertHarmless(DisplayText.wrap("", raw, 20, "    "));
      assertThat(DisplayText.wrap("", raw, 20, "    "))
          .allSatisfy(line -> assertThat(DisplayText.width(line)).isLessThanOrEqualTo(20));
    }
  }

  private static String randomText(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(40); i > 0; i--) {
      int limit = random.nextBoolean() ? 0x80 : random.nextBoolean() ? 0x3000 : 0x110000;
      text.appendCodePoint(random.nextInt(limit));
    }
    return text.toString();
  }
}
