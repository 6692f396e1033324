package io.github.pgkill.postgres.sessions;

import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.postgres.core.BoundStatement;
import io.github.pgkill.postgres.core.ForeignEncoding;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerEncoding;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How the texts of a database's queries are compared with patterns. The server keeps a query as the
 * bytes that its session sent, in the encoding of the session's database; a regular expression that
 * takes them for another encoding skips what follows an accent. So each byte is told what it means;
 * where that cannot be done, patterns are refused.
 *
 * @param codes the character of each byte; empty where both encodings are the same
 * @param bytes whether the other database has no encoding, so that a pattern is bytes, too
 */
record QueryReading(List<Integer> codes, boolean bytes) {

  private static final QueryReading ALIKE = new QueryReading(List.of(), false);

  private static final int BYTES = 256;

  /**
   * The one for a database.
   *
   * @throws InvalidParameter when a pattern could not be compared
   */
  static QueryReading of(Server server, DatabaseInfo database, SessionFilter filter) {
    String parameter =
        filter.queryPattern() != null
            ? "queryPattern"
            : filter.excludeQueryPattern() != null ? "excludeQueryPattern" : null;
    if (parameter == null) {
      return ALIKE;
    }
    return ForeignEncoding.of(server, database)
        .map(foreign -> of(server, database, parameter, foreign))
        .orElse(ALIKE);
  }

  private static QueryReading of(
      Server server, DatabaseInfo database, String parameter, ForeignEncoding foreign) {
    boolean none = foreign.theirs().equals(ServerEncoding.NONE);
    Charset charset = none ? StandardCharsets.ISO_8859_1 : ServerEncoding.charset(foreign.theirs());
    boolean byteForByte = charset.newEncoder().maxBytesPerChar() == 1;
    if (foreign.ours().equals(ServerEncoding.UNICODE) && byteForByte) {
      return new QueryReading(codes(charset), none);
    }
    throw foreign.refusal(
        server, parameter, "queries in database " + database.name() + " are written");
  }

  private static List<Integer> codes(Charset charset) {
    return IntStream.range(0, BYTES)
        .map(b -> b == 0 ? 1 : new String(new byte[] {(byte) b}, charset).codePointAt(0))
        .boxed()
        .toList();
  }

  void bind(BoundStatement statement, SessionFilter filter) throws SQLException {
    statement.set("query_codes", "int4", codes);
    statement.set("query_pattern", pattern(filter.queryPattern()));
    statement.set("exclude_query_pattern", pattern(filter.excludeQueryPattern()));
  }

  private @Nullable String pattern(@Nullable String pattern) {
    return pattern == null || !bytes
        ? pattern
        : new String(pattern.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }
}
