package io.github.pgkill.model.value;

import io.github.pgkill.model.failure.InvalidParameter;

/**
 * A name, or a regular expression between slashes.
 *
 * @param text the name, or the expression without its slashes
 * @param regex whether {@code text} is one of PostgreSQL's advanced regular expressions
 */
public record NamePattern(String text, boolean regex) {

  /**
   * Reads {@code name} or {@code /regex/}.
   *
   * @throws InvalidParameter when a slash opens an expression that no slash closes
   */
  public static NamePattern parse(String parameter, String text) {
    if (!text.startsWith("/")) {
      return new NamePattern(text, false);
    }
    if (text.length() < 3 || !text.endsWith("/")) {
      throw new InvalidParameter(
          parameter,
          "'" + text + "' opens a regular expression and does not close it",
          "Write /expression/. On the command line commas separate values, so an expression with"
              + " a comma belongs into the POM.");
    }
    return new NamePattern(text.substring(1, text.length() - 1), true);
  }

  @Override
  public String toString() {
    return regex ? "/" + text + "/" : text;
  }
}
