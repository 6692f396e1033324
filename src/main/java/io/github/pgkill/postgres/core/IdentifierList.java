package io.github.pgkill.postgres.core;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A list of identifiers as the server stores it in a setting: {@code "$user", public}. */
public final class IdentifierList {

  private static final Pattern PART =
      Pattern.compile("\\s*(?:\"((?:[^\"]|\"\")*)\"|([^,]*))\\s*,?");

  private IdentifierList() {}

  /** Its parts, without their quotes. */
  public static List<String> split(String value) {
    List<String> parts = new ArrayList<>();
    Matcher part = PART.matcher(value);
    int at = 0;
    while (at < value.length() && part.find(at)) {
      parts.add(
          part.group(1) == null ? part.group(2).strip() : part.group(1).replace("\"\"", "\""));
      at = part.end();
    }
    return parts;
  }
}
