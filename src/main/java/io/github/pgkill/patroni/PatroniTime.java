package io.github.pgkill.patroni;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The times of Patroni: {@code 2026-11-27 13:00:00.123456+00:00}, and of its old versions {@code
 * 2019-09-24 08:38:06.123 UTC}.
 */
final class PatroniTime {

  private static final Pattern TIME =
      Pattern.compile(
          "(\\d{4}-\\d\\d-\\d\\d)[ T](\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?) ?(UTC|GMT|Z|[+-]\\d\\d(?::?\\d\\d)?)");

  private PatroniTime() {}

  /** Empty for anything else. */
  static Optional<Instant> read(String text) {
    Matcher time = TIME.matcher(text);
    if (!time.matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          OffsetDateTime.parse(time.group(1) + "T" + time.group(2) + zone(time.group(3)))
              .toInstant());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static String zone(String text) {
    if (Character.isLetter(text.charAt(0))) {
      return "Z";
    }
    String digits = text.substring(1).replace(":", "");
    String minutes = digits.length() > 2 ? digits.substring(2) : "00";
    return text.charAt(0) + digits.substring(0, 2) + ":" + minutes;
  }
}
