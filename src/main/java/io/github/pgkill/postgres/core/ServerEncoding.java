package io.github.pgkill.postgres.core;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.Encoding;

/** The encodings of databases: what their texts are as bytes, and what goes over a connection. */
public final class ServerEncoding {

  /** Where texts are bytes to the server, whatever they mean. */
  public static final String NONE = "SQL_ASCII";

  public static final String UNICODE = "UTF8";

  private static final String ONE_BYTE_FOR_EACH = "LATIN1";

  private static final Set<String> NO_TEXT =
      Set.of(SqlStates.UNKNOWN_BYTES, SqlStates.UNTRANSLATABLE);

  private ServerEncoding() {}

  /** The charset of an encoding by the server's name for it. */
  public static Charset charset(String name) {
    if (name.equals(NONE) || name.equals(UNICODE)) {
      return StandardCharsets.UTF_8;
    }
    String known =
        name.replaceFirst("^WIN866$", "IBM866")
            .replaceFirst("^WIN", "windows-")
            .replaceFirst("^KOI8", "KOI8-");
    if (Charset.isSupported(known)) {
      return Charset.forName(known);
    }
    // the driver knows no charset for some of them, and takes UTF-8 then
    Charset charset = Charset.forName(Encoding.getDatabaseEncoding(name).name());
    return charset.equals(StandardCharsets.UTF_8) ? StandardCharsets.ISO_8859_1 : charset;
  }

  /** A text by its bytes; what is none in its encoding is shown as replaced, never refused. */
  static String decoded(byte[] bytes, @Nullable String name) {
    if (name == null || name.equals(NONE)) {
      try {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      } catch (CharacterCodingException e) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
      }
    }
    return new String(bytes, charset(name));
  }

  /**
   * Lets every name that there is arrive. The driver asks for UTF-8; a server whose own encoding is
   * another one then fails a whole statement over the first name of whomever that is no text. Such
   * a server is asked for its own encoding instead, in which nothing is converted.
   */
  static void settle(Connection connection) throws SQLException {
    String own = connection.unwrap(PGConnection.class).getParameterStatus("server_encoding");
    if (own == null || own.equals(UNICODE) || !connection.getAutoCommit()) {
      return;
    }
    try {
      Rows.query(connection, Sql.named("core/all-names"), row -> row.getString("names"));
    } catch (SQLException e) {
      if (!NO_TEXT.contains(String.valueOf(e.getSQLState()))) {
        throw e;
      }
      try (Statement statement = connection.createStatement()) {
        String unconverted = own.equals(NONE) ? ONE_BYTE_FOR_EACH : own;
        statement.execute("set client_encoding = '" + unconverted + "'");
      }
    }
  }

  /** Whether a text can be sent as it is; the driver would send a question mark. */
  static boolean sendable(Connection connection, String text) throws SQLException {
    String charset = connection.unwrap(BaseConnection.class).getEncoding().name();
    return text.chars().allMatch(c -> c < 0x80)
        || Charset.forName(charset).newEncoder().canEncode(text);
  }
}
