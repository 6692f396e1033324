package io.github.pgkill.postgres.poolers;

import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.Sql;
import java.util.Collection;
import java.util.List;

/** Tells which of a pooler's connections end at a server. */
public final class PooledBackends {

  private PooledBackends() {}

  /** Those of the processes that are sessions of the database on that server. */
  public static List<Integer> in(Server server, DatabaseInfo database, Collection<Integer> pids) {
    return server.run(
        connection ->
            Rows.query(
                connection,
                Sql.named("poolers/backends-of-database"),
                statement -> {
                  statement.set("pids", "int4", pids);
                  statement.set("database", database.oid());
                },
                row -> row.getInt("pid")));
  }
}
