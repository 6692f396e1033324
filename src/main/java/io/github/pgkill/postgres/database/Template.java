package io.github.pgkill.postgres.database;

import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Ddl;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.Sql;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A database that another one is made from.
 *
 * @param database which one
 * @param major of its server
 * @param marked whether it bears the mark of a template
 * @param invalid whether an interrupted DROP has left it unusable
 * @param size in bytes; null where this role may not ask
 * @param tablespace where it is; null for where template0 is
 * @param defaultTablespace where template0 is
 * @param collationVersion of its collations when it was made; null where none is known
 * @param collationNow of the library that is installed now; null where there is none
 */
public record Template(
    DatabaseInfo database,
    int major,
    boolean marked,
    boolean invalid,
    @Nullable Long size,
    @Nullable String tablespace,
    String defaultTablespace,
    @Nullable String collationVersion,
    @Nullable String collationNow) {

  /** Versions of a database's collations and ways to copy one came with it. */
  private static final int FIRST_MAJOR = 15;

  /**
   * From so many bytes on, files are copied. Measured on 15 (src/site/markdown/templates.md):
   * through the log it takes as long up to 10 MB, and twice as long or more from 100 MB on.
   */
  private static final long LARGE = 100L << 20;

  static @Nullable Template read(Server server, DatabaseInfo database) {
    int major = server.info().major();
    List<Template> found =
        server.run(
            connection ->
                Rows.query(
                    connection,
                    Sql.named(
                        "database/template",
                        major < FIRST_MAJOR
                            ? Map.of("database/collation-now", "null::text")
                            : Map.of()),
                    statement -> statement.set("database", database.oid()),
                    row ->
                        new Template(
                            database,
                            major,
                            row.getBoolean("template"),
                            row.getBoolean("invalid"),
                            row.getObject("size", Long.class),
                            row.getString("tablespace"),
                            row.getString("default_tablespace"),
                            row.getString("collation_version"),
                            row.getString("collation_now"))));
    return found.isEmpty() ? null : found.get(0);
  }

  /** Whether the server refuses to copy it, because its indexes may be sorted otherwise by now. */
  public boolean collationsChanged() {
    return collationVersion != null && !collationVersion.equals(collationNow);
  }

  /** What makes the server take its collations for checked. */
  public String refreshCollations() {
    return Ddl.of("ALTER DATABASE %I REFRESH COLLATION VERSION;", database.name());
  }

  /** Whether its files are copied, which takes two checkpoints and less time for much data. */
  boolean byFiles() {
    return major >= FIRST_MAJOR && size != null && size >= LARGE;
  }
}
