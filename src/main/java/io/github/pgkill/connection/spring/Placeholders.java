package io.github.pgkill.connection.spring;

import io.github.pgkill.model.failure.PgkillFailure;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Resolves Spring's {@code ${name}} and {@code ${name:default}}. A default is looked at only when
 * it is needed, and what a name stands for may hold placeholders again.
 */
final class Placeholders {

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
    return resolve(setting, text, new LinkedHashSet<>());
  }

  private String resolve(String setting, String text, Set<String> open) {
    StringBuilder resolved = new StringBuilder();
    int position = 0;
    int start = text.indexOf("${");
    while (start >= 0) {
      if (start > 0 && text.charAt(start - 1) == '\\') {
        throw new PgkillFailure(
            setting + " has an escaped placeholder, which not every Spring reads alike",
            "Give -Dpgkill.url instead.");
      }
      int end = end(text, start + 2);
      if (end < 0) {
        break;
      }
      resolved
          .append(text, position, start)
          .append(value(setting, text.substring(start + 2, end), open));
      position = end + 1;
      start = text.indexOf("${", position);
    }
    return resolved.append(text.substring(position)).toString();
  }

  /** What a placeholder stands for; a colon in its name wins over a default, as for Spring. */
  private String value(String setting, String placeholder, Set<String> open) {
    int colon = colon(placeholder);
    String name = resolve(setting, colon < 0 ? placeholder : placeholder.substring(0, colon), open);
    return (colon < 0 || placeholder.contains("${")
            ? Optional.<String>empty()
            : lookUp(setting, placeholder, open))
        .or(() -> lookUp(setting, name, open))
        .or(
            () ->
                colon < 0
                    ? Optional.empty()
                    : Optional.of(resolve(setting, placeholder.substring(colon + 1), open)))
        .orElseThrow(() -> unset(setting, name));
  }

  private Optional<String> lookUp(String setting, String name, Set<String> open) {
    return values
        .apply(name)
        .map(
            value -> {
              if (!value.contains("${")) {
                return value;
              }
              if (!open.add(name)) {
                throw new PgkillFailure(
                    setting + " has placeholders that lead in a circle",
                    "Give -Dpgkill.url instead.");
              }
              String resolved = resolve(setting, value, open);
              open.remove(name);
              return resolved;
            });
  }

  /** Where the name ends: the first colon that is not in a placeholder of its own. */
  private static int colon(String placeholder) {
    int position = 0;
    while (position < placeholder.length()) {
      if (placeholder.startsWith("${", position)) {
        int end = end(placeholder, position + 2);
        position = end < 0 ? position + 2 : end + 1;
      } else if (placeholder.charAt(position) == ':') {
        return position;
      } else {
        position++;
      }
    }
    return -1;
  }

  private static int end(String text, int start) {
    int depth = 0;
    for (int i = start; i < text.length(); i++) {
      if (text.charAt(i) == '{') {
        depth++;
      } else if (text.charAt(i) == '}' && depth-- == 0) {
        return i;
      }
    }
    return -1;
  }

  private static PgkillFailure unset(String setting, String name) {
    String shown = name.matches("[\\w.-]+") ? "${" + name + "}" : "a placeholder";
    return new PgkillFailure(
        setting + " refers to " + shown + ", which is not set",
        "Set it in the environment or with -D, or give -Dpgkill.url.");
  }
}
