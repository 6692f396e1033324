package io.github.pgkill.postgres.lockout;

import io.github.pgkill.model.sessions.SessionName;
import io.github.pgkill.postgres.core.Ddl;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Sql;
import io.github.pgkill.postgres.sessions.Sessions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who has hold of a database as an object, or waits for it, in a transaction that has not ended.
 *
 * @param pid of the session; null for a prepared transaction
 * @param started when the session began; null where the server hides it from this role
 * @param role who logged in there; null where that is not known
 * @param application its name as it gives it; null where that is not known
 * @param gid of the prepared transaction; null for a session
 * @param waits whether it waits for a lock on the database
 * @param bars whether it keeps others from changing the database
 */
public record DatabaseHolder(
    @Nullable Integer pid,
    @Nullable String started,
    @Nullable String role,
    @Nullable String application,
    @Nullable String gid,
    boolean waits,
    boolean bars) {

  /** All but this session; those who wait come last. */
  public static List<DatabaseHolder> of(Connection connection, long oid) throws SQLException {
    return Rows.query(
        connection,
        Sql.named("lockout/database-holders"),
        statement -> statement.set("database", oid),
        row ->
            new DatabaseHolder(
                Rows.integer(row, "pid"),
                row.getString("started"),
                row.getString("role"),
                row.getString("application"),
                row.getString("gid"),
                row.getBoolean("waits"),
                row.getBoolean("bars")));
  }

  /** Those who keep others from changing it. */
  static List<DatabaseHolder> barring(Connection connection, long oid) throws SQLException {
    return of(connection, oid).stream().filter(DatabaseHolder::bars).toList();
  }

  /** Their names in one line, "somebody" where they have ended meanwhile. */
  static String names(List<DatabaseHolder> holders) {
    return holders.isEmpty()
        ? "somebody"
        : holders.stream().map(DatabaseHolder::described).collect(Collectors.joining(", "));
  }

  /** In words. */
  public String described() {
    if (pid == null) {
      return gid == null ? "a prepared transaction" : "prepared transaction " + Ddl.of("%L", gid);
    }
    return SessionName.of(pid, role, application);
  }

  /** The statement that ends it. */
  String ending() {
    if (pid == null) {
      return Ddl.of("ROLLBACK PREPARED %L;", gid);
    }
    return started == null
        ? "SELECT pg_terminate_backend(" + pid + ");"
        : Sessions.statement(pid, started);
  }
}
