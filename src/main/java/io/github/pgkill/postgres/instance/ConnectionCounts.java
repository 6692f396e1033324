package io.github.pgkill.postgres.instance;

import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.Sql;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who has a server's connections, and what limits them.
 *
 * @param server {@code max_connections}
 * @param reserved how many of those are kept for superusers and the like
 * @param database the limit of one database; null without one
 * @param groups the clients' sessions of the whole server, most first
 */
public record ConnectionCounts(
    int server, int reserved, @Nullable Integer database, List<Group> groups) {

  public ConnectionCounts {
    groups = List.copyOf(groups);
  }

  /**
   * The sessions of one application and role.
   *
   * @param application what they call themselves; may be empty
   * @param role as whom they logged in; null when that is dropped
   * @param roleLimit how many sessions the role may have; null without a limit
   * @param sessions how many they are
   * @param here how many of them are in that one database
   */
  public record Group(
      String application,
      @Nullable String role,
      @Nullable Integer roleLimit,
      int sessions,
      int here) {}

  /** As they are now; empty when the database is gone. */
  public static List<ConnectionCounts> of(Server server, DatabaseInfo database) {
    List<Group> groups =
        server.run(
            connection ->
                Rows.query(
                    connection,
                    Sql.named("instance/clients-by-application"),
                    statement -> statement.set("database", database.oid()),
                    row ->
                        new Group(
                            row.getString("application"),
                            row.getString("role"),
                            Rows.integer(row, "role_limit"),
                            row.getInt("sessions"),
                            row.getInt("here"))));
    return server.run(
        connection ->
            Rows.query(
                connection,
                Sql.named("instance/connection-limits"),
                statement -> statement.set("database", database.oid()),
                row ->
                    new ConnectionCounts(
                        row.getInt("server"),
                        row.getInt("reserved"),
                        Rows.integer(row, "database"),
                        groups)));
  }
}
