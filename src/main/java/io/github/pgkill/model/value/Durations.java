package io.github.pgkill.model.value;

import io.github.pgkill.model.failure.InvalidParameter;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as users type and read them. */
public final class Durations {

  private static final Pattern SHORT = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h|d)");
  private static final Duration LONGEST = Duration.ofDays(365);

  private Durations() {}

  /**
   * Reads {@code 500ms}, {@code 30s}, {@code 5m}, {@code 2h}, {@code 1d} or ISO 8601 ({@code
   * PT30S}).
   *
   * @param parameter the parameter's name, for the error
   * @throws InvalidParameter when it is none of these, negative, or longer than a year
   */
  public static Duration parse(String parameter, String text) {
    Duration duration = read(parameter, text.trim());
    if (duration.isNegative() || duration.compareTo(LONGEST) > 0) {
      throw new InvalidParameter(
          parameter,
          "'" + text + "' is not between 0s and 365d",
          "Write a duration such as 500ms, 30s or 5m.");
    }
    return duration;
  }

  private static Duration read(String parameter, String text) {
    Matcher matcher = SHORT.matcher(text.toLowerCase(Locale.ROOT));
    if (matcher.matches()) {
      long amount = Long.parseLong(matcher.group(1));
      return switch (matcher.group(2)) {
        case "ms" -> Duration.ofMillis(amount);
        case "s" -> Duration.ofSeconds(amount);
        case "m" -> Duration.ofMinutes(amount);
        case "h" -> Duration.ofHours(amount);
        default -> Duration.ofDays(amount);
      };
    }
    try {
      return Duration.parse(text);
    } catch (DateTimeParseException e) {
      throw new InvalidParameter(
          parameter,
          "'" + text + "' is not a duration",
          "Write 500ms, 30s, 5m, 2h, 1d or ISO 8601 such as PT30S; a bare number has no unit.");
    }
  }

  /** Writes a duration the way people read it: {@code 85ms}, {@code 4.2s}, {@code 3m10s}, ... */
  public static String format(Duration duration) {
    long millis = duration.toMillis();
    if (millis < 1_000) {
      return millis + "ms";
    }
    long seconds = millis / 1_000;
    if (seconds < 60) {
      long tenths = millis % 1_000 / 100;
      return tenths == 0 ? seconds + "s" : seconds + "." + tenths + "s";
    }
    if (seconds < 3_600) {
      return pair(seconds / 60, "m", seconds % 60, "s");
    }
    if (seconds < 86_400) {
      return pair(seconds / 3_600, "h", seconds % 3_600 / 60, "m");
    }
    return pair(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h");
  }

  private static String pair(long large, String largeUnit, long small, String smallUnit) {
    return small == 0
        ? large + largeUnit
        : large + largeUnit + (small < 10 ? "0" : "") + small + smallUnit;
  }
}
