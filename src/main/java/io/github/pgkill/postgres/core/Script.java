package io.github.pgkill.postgres.core;

import io.github.pgkill.model.text.QuerySecrets;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.postgresql.core.NativeQuery;
import org.postgresql.core.Parser;

/** Statements that a user wrote, taken apart by the driver's own parser. */
public final class Script {

  private Script() {}

  /**
   * The statements of a text, in their order; dollar quotes, comments and quoted semicolons are
   * understood.
   *
   * @throws IllegalArgumentException when the text cannot be taken apart, in words for the user
   */
  public static List<String> statements(String text) {
    try {
      List<NativeQuery> parsed = Parser.parseJdbcSql(text, true, false, true, false, false);
      List<String> statements =
          parsed.stream()
              .map(query -> query.nativeSql.strip())
              .filter(statement -> !onlyComments(statement.toCharArray()))
              .toList();
      statements.forEach(Script::refusePsql);
      return statements;
    } catch (SQLException e) {
      throw new IllegalArgumentException(ServerMessages.of(e), e);
    }
  }

  /** A statement without the passwords in it. */
  public static String masked(String statement) {
    return Objects.requireNonNullElse(QuerySecrets.masked(statement), "");
  }

  private static boolean onlyComments(char[] text) {
    int at = 0;
    while (at < text.length) {
      int end = at;
      if (text[at] == '-') {
        end = Parser.parseLineComment(text, at);
      } else if (text[at] == '/') {
        end = Parser.parseBlockComment(text, at);
      }
      if (end == at && !Character.isWhitespace(text[at])) {
        return false;
      }
      at = end + 1;
    }
    return true;
  }

  private static void refusePsql(String statement) {
    if (statement.startsWith("\\")) {
      throw new IllegalArgumentException(
          // what follows may be a connection string
          "'" + statement.split("\\s", 2)[0] + "' is a command of psql's own, not SQL");
    }
  }
}
