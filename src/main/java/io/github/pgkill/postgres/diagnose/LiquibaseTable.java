package io.github.pgkill.postgres.diagnose;

import io.github.pgkill.postgres.core.Ddl;
import io.github.pgkill.postgres.core.Identifiers;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A relation that looks like Liquibase's lock table. Whoever may create tables may have made it, so
 * that nothing of it is evaluated: it is copied as it lies there, and compared here.
 */
record LiquibaseTable(
    long oid,
    String schema,
    String name,
    String owner,
    boolean ours,
    String kind,
    @Nullable String accessMethod,
    boolean inherited,
    Type locked,
    boolean writable) {

  /** The type of column {@code locked}. */
  record Type(String schema, String name, boolean usable) {

    private String named() {
      return schema.equals("pg_catalog") ? name : Ddl.of("%I.%I", schema, name);
    }
  }

  /** A table of one row takes far less, and compressed values can be many times as large. */
  private static final long MOST_BYTES = 1 << 20;

  /** Liquibase's own column holds no more. */
  private static final int LONGEST = 255;

  /** It cannot be read, or says nothing that could be understood. */
  static final class Unreadable extends Exception {

    private static final long serialVersionUID = 1L;

    Unreadable(String reason) {
      super(reason);
    }
  }

  /** Those of the current database. */
  static List<LiquibaseTable> all(Connection connection) throws SQLException {
    return Rows.query(connection, Sql.named("diagnose/liquibase-lock-tables"), LiquibaseTable::of);
  }

  private static LiquibaseTable of(ResultSet row) throws SQLException {
    return new LiquibaseTable(
        row.getLong("oid"),
        row.getString("schema"),
        row.getString("name"),
        row.getString("owner"),
        row.getBoolean("ours"),
        row.getString("kind"),
        row.getString("access_method"),
        row.getBoolean("inherited"),
        new Type(
            row.getString("type_schema"), row.getString("type_name"), row.getBoolean("usable")),
        row.getBoolean("writable"));
  }

  String quoted() {
    return Ddl.of("%I.%I", schema, name);
  }

  /** The locks in it; the connection must be in a transaction that nobody goes on with. */
  List<LiquibaseLock> locks(Connection connection) throws SQLException, Unreadable {
    Optional<String> unlike = unlike();
    if (unlike.isPresent()) {
      throw new Unreadable(unlike.get());
    }
    Rows.query(connection, Sql.named("diagnose/copy-limits"), row -> true);
    requireSmall(connection);
    CopiedRows copied =
        CopiedRows.of(
            connection, Ddl.of(Sql.named("diagnose/liquibase-lock").text(), schema, name));
    if (copied.cut()) {
      throw new Unreadable("it holds more than any lock table of Liquibase's");
    }
    for (List<@Nullable String> row : copied.rows()) {
      requireTruth(row.get(0));
    }
    return copied.rows().stream().filter(row -> "t".equals(row.get(0))).map(this::lock).toList();
  }

  /** Why Liquibase has not made it, as far as the catalog tells. */
  private Optional<String> unlike() {
    String reason =
        switch (kind) {
          case "r" -> null;
          case "p" -> "it is partitioned";
          case "f" -> "it is a foreign table";
          default -> "it is a view";
        };
    if (reason == null && accessMethod != null && !accessMethod.equals("heap")) {
      reason = "it is kept by access method " + Identifiers.quote(accessMethod);
    }
    if (reason == null && inherited) {
      reason = "other tables inherit from it";
    }
    if (reason == null && !locked.usable()) {
      reason = "its column locked is of type " + locked.named() + ", not boolean";
    }
    return Optional.ofNullable(reason);
  }

  private void requireSmall(Connection connection) throws SQLException, Unreadable {
    List<Long> bytes =
        Rows.query(
            connection,
            Sql.named("diagnose/table-size"),
            statement -> statement.set("relation", oid),
            row -> row.getLong("bytes"));
    if (bytes.get(0) > MOST_BYTES) {
      throw new Unreadable("it takes " + bytes.get(0) + " bytes, and Liquibase's a few thousand");
    }
  }

  private static void requireTruth(@Nullable String locked) throws Unreadable {
    if (locked != null && !locked.equals("t") && !locked.equals("f")) {
      throw new Unreadable("its column locked holds something else than true or false");
    }
  }

  private LiquibaseLock lock(List<@Nullable String> row) {
    return new LiquibaseLock(
        quoted(),
        line(row.get(1)),
        line(row.get(2)),
        owner,
        ours
            ? Ddl.of(
                "UPDATE %I.%I SET locked = FALSE, lockgranted = NULL, lockedby = NULL"
                    + " WHERE locked;",
                schema, name)
            : null,
        writable);
  }

  /** Anybody's text on one line, and not longer than it can be. */
  private static @Nullable String line(@Nullable String text) {
    if (text == null) {
      return null;
    }
    String line = text.replaceAll("[\\p{Cntrl}\\u0080-\\u009f\\u2028\\u2029]+", " ");
    return line.length() > LONGEST ? line.substring(0, LONGEST) + "..." : line;
  }
}
