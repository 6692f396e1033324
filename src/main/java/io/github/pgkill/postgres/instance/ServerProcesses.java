package io.github.pgkill.postgres.instance;

import io.github.pgkill.model.HostFacts;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.Sql;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The server as a tree of processes on a host: what is asked before one of them is signalled. */
public final class ServerProcesses {

  private final Server server;

  public ServerProcesses(Server server) {
    this.server = server;
  }

  /** Where the server is on its host. */
  public HostFacts facts() {
    return server
        .run(
            connection ->
                Rows.query(
                    connection,
                    Sql.named("instance/host-facts"),
                    row ->
                        new HostFacts(
                            row.getString("data_directory"),
                            row.getInt("port"),
                            Instant.ofEpochMilli(row.getLong("started")),
                            instant(row, "own_start"),
                            row.getString("own_client"),
                            row.getString("own_role"),
                            row.getString("own_database"),
                            row.getBoolean("restarts_after_crash"))))
        .get(0);
  }

  /** When the checkpointer began, as the server writes it; null where this role may not see. */
  public @Nullable String checkpointerStart() {
    return server
        .run(
            connection ->
                Rows.query(
                    connection,
                    Sql.named("instance/checkpointer-start"),
                    row -> row.getString("started")))
        .get(0);
  }

  /** The databases that this role may look into. */
  public List<String> databasesToVisit() {
    return names("instance/databases-to-visit");
  }

  /** Tables of the database that we are connected to that a crash empties. */
  public List<String> unloggedTables() {
    return names("instance/unlogged-tables");
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    long millis = row.getLong(column);
    return row.wasNull() ? null : Instant.ofEpochMilli(millis);
  }

  private List<String> names(String statement) {
    return server.run(
        connection -> Rows.query(connection, Sql.named(statement), row -> row.getString("name")));
  }
}
