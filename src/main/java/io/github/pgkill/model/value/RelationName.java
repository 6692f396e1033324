package io.github.pgkill.model.value;

import io.github.pgkill.model.failure.InvalidParameter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A schema, or a relation of a schema, by the name that the server knows it by: what users write is
 * folded and unquoted as PostgreSQL does (documentation, section 4.1.1).
 *
 * @param schema the schema's name
 * @param relation the name of a table, index, view or sequence in it; null for the whole schema
 */
public record RelationName(String schema, @Nullable String relation) {

  private static final String IDENTIFIER =
      "(?:\"((?:[^\"]|\"\")+)\"|([\\p{L}_][\\p{L}\\p{M}\\p{Nd}_$]*))";

  private static final Pattern NAME =
      Pattern.compile(IDENTIFIER + "(?:\\." + IDENTIFIER + ")?", Pattern.UNICODE_CASE);

  /**
   * Reads {@code schema}, {@code schema.table} or {@code "My Schema"."My.Table"}.
   *
   * @throws InvalidParameter when it is none of these
   */
  public static RelationName parse(String parameter, String text) {
    Matcher name = NAME.matcher(text);
    if (!name.matches() || text.indexOf('\0') >= 0) {
      throw new InvalidParameter(
          parameter,
          "'" + text + "' is neither a schema nor schema.table",
          "Write shop, shop.orders, or \"My Schema\".\"My.Table\": double quotes around names with"
              + " capitals, blanks, dots or other signs. On the command line commas separate values,"
              + " so a name with a comma belongs into the POM.");
    }
    String schema = identifier(name.group(1), name.group(2));
    boolean whole = name.group(3) == null && name.group(4) == null;
    return new RelationName(schema, whole ? null : identifier(name.group(3), name.group(4)));
  }

  private static String identifier(@Nullable String quoted, @Nullable String plain) {
    return quoted != null ? quoted.replace("\"\"", "\"") : folded(String.valueOf(plain));
  }

  /** To lower case, ASCII only, as the server does in every multi-byte encoding. */
  private static String folded(String identifier) {
    StringBuilder folded = new StringBuilder(identifier);
    for (int i = 0; i < folded.length(); i++) {
      char c = folded.charAt(i);
      if (c >= 'A' && c <= 'Z') {
        folded.setCharAt(i, (char) (c - 'A' + 'a'));
      }
    }
    return folded.toString();
  }
}
