package io.github.pgkill.connection;

import io.github.pgkill.model.PgkillFailure;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Resolves Spring's {@code ${name}} and {@code ${name:default}}, the innermost first. */
final class Placeholders {

  private static final Pattern INNERMOST = Pattern.compile("\\$\\{([^${}:]+)(?::([^{}]*))?}");

  /** Deeper than any file of people; a circle of references never ends. */
  private static final int LIMIT = 50;

  private final Function<String, Optional<String>> values;

  Placeholders(Function<String, Optional<String>> values) {
    this.values = values;
  }

  /**
   * Resolves all placeholders of a setting.
   *
   * @throws PgkillFailure when one is not set and has no default, or refers to itself
   */
  String resolve(String setting, String text) {
    String resolved = text;
    for (int i = 0; i < LIMIT; i++) {
      Matcher matcher = INNERMOST.matcher(resolved);
      if (!matcher.find()) {
        return resolved;
      }
      String value =
          values
              .apply(matcher.group(1))
              .or(() -> Optional.ofNullable(matcher.group(2)))
              .orElseThrow(() -> unset(setting, matcher.group(1)));
      resolved = resolved.substring(0, matcher.start()) + value + resolved.substring(matcher.end());
    }
    throw new PgkillFailure(
        setting + " has placeholders that lead in a circle", "Give -Dpgkill.url instead.");
  }

  private static PgkillFailure unset(String setting, String name) {
    String shown = name.matches("[\\w.-]+") ? "${" + name + "}" : "a placeholder";
    return new PgkillFailure(
        setting + " refers to " + shown + ", which is not set",
        "Set it in the environment or with -D, or give -Dpgkill.url.");
  }
}
