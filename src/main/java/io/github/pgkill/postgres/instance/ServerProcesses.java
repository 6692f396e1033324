package io.github.pgkill.postgres.instance;

import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.Sql;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is asked before a process of the server is killed, and afterwards. */
public final class ServerProcesses {

  private final Server server;

  public ServerProcesses(Server server) {
    this.server = server;
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

  private List<String> names(String statement) {
    return server.run(
        connection -> Rows.query(connection, Sql.named(statement), row -> row.getString("name")));
  }
}
