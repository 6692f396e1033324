package io.github.pgkill.postgres.lockout;

import io.github.pgkill.postgres.core.Ddl;
import io.github.pgkill.postgres.core.Identifiers;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Sql;
import io.github.pgkill.postgres.sessions.Sessions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who keeps a database from being changed by a transaction that has not ended.
 *
 * @param pid of the session; 0 for a prepared transaction
 * @param started when the session began; null where the server hides it from this role
 * @param role who logged in there; null where that is not known
 * @param application its name as it gives it; null where that is not known
 * @param gid of the prepared transaction; null for a session
 */
record ClaimHolder(
    int pid,
    @Nullable String started,
    @Nullable String role,
    @Nullable String application,
    @Nullable String gid) {

  /** All of them; none when they have ended meanwhile. */
  static List<ClaimHolder> of(Connection connection, long oid) throws SQLException {
    return Rows.query(
        connection,
        Sql.named("lockout/lockout-holders"),
        statement -> statement.setLong(1, oid),
        row ->
            new ClaimHolder(
                row.getInt("pid"),
                row.getString("started"),
                row.getString("role"),
                row.getString("application"),
                row.getString("gid")));
  }

  /** In words. */
  String described() {
    if (gid != null) {
      return "the prepared transaction " + Ddl.of("%L", gid);
    }
    String who =
        "process " + pid + " of role " + (role == null ? "unknown" : Identifiers.quote(role));
    return application == null || application.isBlank()
        ? who
        : who + " (" + Ddl.of("%L", application) + ")";
  }

  /** The statement that ends it. */
  String ending() {
    if (gid != null) {
      return Ddl.of("ROLLBACK PREPARED %L;", gid);
    }
    return started == null
        ? "SELECT pg_terminate_backend(" + pid + ");"
        : Sessions.statement(pid, started);
  }
}
