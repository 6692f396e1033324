package io.github.pgkill.postgres.core;

import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.server.DatabaseInfo;
import java.util.List;
import java.util.Optional;

/**
 * A database whose texts are written in another encoding than that of the database that we are
 * connected to, where patterns are compared with them.
 *
 * @param theirs in which they are written
 * @param ours in which they would be compared
 * @param alike some databases with their encoding
 */
public record ForeignEncoding(String theirs, String ours, List<String> alike) {

  public ForeignEncoding {
    alike = List.copyOf(alike);
  }

  /** That of a database; empty where both are the same. */
  public static Optional<ForeignEncoding> of(Server server, DatabaseInfo database) {
    return server
        .run(
            connection ->
                Rows.query(
                    connection,
                    Sql.named("core/foreign-encoding"),
                    statement -> statement.set("database", database.oid()),
                    row ->
                        new ForeignEncoding(
                            row.getString("theirs"),
                            row.getString("ours"),
                            Rows.strings(row, "alike"))))
        .stream()
        .findFirst();
  }

  /**
   * Why a pattern is not compared with its texts, and what helps.
   *
   * @param parameter the pattern's
   * @param texts what is written where, to begin a sentence that goes on with "in"
   */
  public InvalidParameter refusal(Server server, String parameter, String texts) {
    return new InvalidParameter(
        parameter,
        texts
            + " in "
            + theirs
            + ", and the plugin is connected to database "
            + server.info().connectedTo()
            + ", whose encoding is "
            + ours
            + ": the pattern could miss what it is to find",
        "Connect to a database whose encoding is "
            + theirs
            + ": -Dpgkill.maintenanceDatabase="
            + (alike.isEmpty() ? "..." : String.join(" or ", alike)));
  }
}
