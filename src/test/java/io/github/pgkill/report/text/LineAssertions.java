package io.github.pgkill.report.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/** What holds for every line that goes to a log, whatever it shows. */
public final class LineAssertions {

  private LineAssertions() {}

  public static void assertHarmless(List<String> lines) {
    assertThat(lines).allSatisfy(LineAssertions::assertHarmless);
  }

  public static void assertHarmless(String line) {
    assertThat(line.codePoints())
        .as(line)
        .allMatch(
            c ->
                switch (Character.getType(c)) {
                  case Character.CONTROL,
                      Character.FORMAT,
                      Character.SURROGATE,
                      Character.LINE_SEPARATOR,
                      Character.PARAGRAPH_SEPARATOR ->
                      false;
                  default -> c != 0x3164 && c != 0x115F && c != 0xFE0F;
                });
  }

  public static void assertWithin(int width, List<String> lines) {
    assertHarmless(lines);
    assertThat(lines)
        .allSatisfy(line -> assertThat(columns(line)).as(line).isLessThanOrEqualTo(width));
  }

  /** Counts apart from the code under test, for the characters that the samples use. */
  private static int columns(String line) {
    return line.codePoints()
        .map(
            c -> {
              if (Character.getType(c) == Character.NON_SPACING_MARK) {
                return 0;
              }
              Character.UnicodeScript script = Character.UnicodeScript.of(c);
              boolean wide =
                  script == Character.UnicodeScript.HAN
                      || script == Character.UnicodeScript.HIRAGANA
                      || script == Character.UnicodeScript.HANGUL
                      || c >= 0x1F300;
              return wide ? 2 : 1;
            })
        .sum();
  }
}
