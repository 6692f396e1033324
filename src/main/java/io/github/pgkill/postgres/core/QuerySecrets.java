package io.github.pgkill.postgres.core;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Takes passwords out of the text of other people's queries: {@code ALTER ROLE ... PASSWORD '...'},
 * user mappings, and connection strings such as a subscription's.
 */
public final class QuerySecrets {

  /** The word, then a literal that may be cut off, or a connection string's value. */
  private static final Pattern PASSWORD =
      Pattern.compile(
          "(?is)(password\\s*=?\\s*)(?:[EU]?&?'(?:[^'\\\\]|''|\\\\.)*+'?|\\$(\\w*)\\$.*?(?:\\$\\2\\$|$)"
              + "|(?<==\\s{0,3})[^\\s'\"&]+)");

  private QuerySecrets() {}

  /** The text with every password replaced. */
  public static @Nullable String masked(@Nullable String query) {
    return query == null ? null : PASSWORD.matcher(query).replaceAll("$1***");
  }
}
