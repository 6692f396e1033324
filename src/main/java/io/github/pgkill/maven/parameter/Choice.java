package io.github.pgkill.maven.parameter;

import io.github.pgkill.model.failure.InvalidParameter;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Reads parameters that take one of a few words: constants, spelled with hyphens, in any case. */
public final class Choice {

  private Choice() {}

  /**
   * The constant that the text names.
   *
   * @throws InvalidParameter listing the words
   */
  public static <E extends Enum<E>> E of(Class<E> type, String parameter, String text) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> word(constant).equalsIgnoreCase(text.trim()))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidParameter(
                    parameter,
                    "'" + text + "' is none of the choices",
                    "Write one of: "
                        + Arrays.stream(type.getEnumConstants())
                            .map(Choice::word)
                            .collect(Collectors.joining(", "))
                        + "."));
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
