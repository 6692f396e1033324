package io.github.pgkill.postgres.instance;

import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.Sql;
import org.jspecify.annotations.Nullable;

/**
 * How many more connections the role that logged in may open.
 *
 * @param server what max_connections leaves, without the slots that are reserved for others
 * @param role what the role's own limit leaves; null without one
 * @param database what the limit of the database that we are connected to leaves; null without one
 */
public record FreeSlots(int server, @Nullable Integer role, @Nullable Integer database) {

  public static FreeSlots of(Server server) {
    return server
        .run(
            connection ->
                Rows.query(
                    connection,
                    Sql.named("instance/free-slots"),
                    statement -> {},
                    row ->
                        new FreeSlots(
                            row.getInt("server"),
                            Rows.integer(row, "role"),
                            Rows.integer(row, "database"))))
        .get(0);
  }
}
