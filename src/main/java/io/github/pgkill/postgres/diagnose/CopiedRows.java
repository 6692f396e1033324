package io.github.pgkill.postgres.diagnose;

import io.github.pgkill.postgres.core.SqlStates;
import java.nio.charset.Charset;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;
import org.postgresql.core.BaseConnection;

/**
 * What {@code COPY ... TO STDOUT} sends, never more than a bound: whose table it is decides how
 * many rows it has. The text format is that of the documentation of COPY, "Text Format".
 *
 * @param rows the values of each row, null for NULL
 * @param cut whether there is more
 */
record CopiedRows(List<List<@Nullable String>> rows, boolean cut) {

  private static final int MOST_ROWS = 1000;
  private static final int MOST_BYTES = 1 << 20;
  private static final String NULL = "\\N";

  /** Runs such a statement; the connection is ready for the next one whatever comes of it. */
  static CopiedRows of(Connection connection, String copy) throws SQLException {
    PGConnection driver = connection.unwrap(PGConnection.class);
    Charset encoding =
        Charset.forName(connection.unwrap(BaseConnection.class).getEncoding().name());
    CopyOut copying = driver.getCopyAPI().copyOut(copy);
    List<List<@Nullable String>> rows = new ArrayList<>();
    long bytes = 0;
    byte[] row;
    while ((row = copying.readFromCopy()) != null) {
      bytes += row.length;
      if (rows.size() == MOST_ROWS || bytes > MOST_BYTES) {
        stop(driver, copying);
        return new CopiedRows(rows, true);
      }
      rows.add(values(new String(row, encoding)));
    }
    return new CopiedRows(rows, false);
  }

  /**
   * The driver's own {@code cancelCopy} leaves on the line what the server has sent already, for
   * the next statement to stumble over.
   */
  private static void stop(PGConnection driver, CopyOut copying) throws SQLException {
    try {
      driver.cancelQuery();
    } finally {
      drain(copying);
    }
  }

  private static void drain(CopyOut copying) throws SQLException {
    try {
      byte[] row = copying.readFromCopy();
      while (row != null) {
        row = copying.readFromCopy();
      }
    } catch (SQLException e) {
      if (!SqlStates.QUERY_CANCELED.equals(e.getSQLState())) {
        throw e;
      }
    }
  }

  private static List<@Nullable String> values(String line) {
    String text = line.endsWith("\n") ? line.substring(0, line.length() - 1) : line;
    List<@Nullable String> values = new ArrayList<>();
    Arrays.stream(text.split("\t", -1))
        .forEach(value -> values.add(value.equals(NULL) ? null : unescaped(value)));
    return values;
  }

  private static String unescaped(String value) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      boolean escape = c == '\\' && i + 1 < value.length();
      text.append(escape ? meant(value.charAt(++i)) : c);
    }
    return text.toString();
  }

  private static char meant(char escaped) {
    return switch (escaped) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'v' -> '\u000b';
      default -> escaped;
    };
  }
}
