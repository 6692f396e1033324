package io.github.pgkill.postgres.database;

import io.github.pgkill.model.lockout.DatabaseState;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.value.ServerText;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Sql;
import io.github.pgkill.postgres.lockout.DatabaseAccess;
import io.github.pgkill.postgres.lockout.RoleInfo;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that a database is apart from its contents: what makes another one its like.
 *
 * @param layout owner, encoding, locale, place
 * @param state privileges, limit, flag; those before a lockout where there is one
 * @param comment the database's own comment; null for none
 * @param roles the roles that the privileges name, by object id
 * @param settings of the database and of roles in it
 * @param labels security labels
 */
record DatabaseDefinition(
    Layout layout,
    DatabaseState state,
    @Nullable ServerText comment,
    Map<Long, RoleInfo> roles,
    List<Setting> settings,
    List<Label> labels) {

  /**
   * What CREATE DATABASE is told.
   *
   * @param encoding empty for that of what is copied; then the same goes for locale and place
   * @param localeProvider {@code c} for libc, {@code i} for ICU, {@code b} for builtin; null before
   *     PostgreSQL 15
   * @param locale of ICU or builtin; null for libc
   * @param icuRules additional ones; null for none
   * @param tablespace null for the one that new databases get anyway
   */
  record Layout(
      String owner,
      String encoding,
      String lcCollate,
      String lcCtype,
      @Nullable String localeProvider,
      @Nullable String locale,
      @Nullable String icuRules,
      @Nullable String tablespace,
      boolean template) {

    /** Whether all but the owner is left to what it is copied from. */
    boolean isPlain() {
      return encoding.isEmpty();
    }
  }

  /** Of a new database that is like no other: nobody has said what it should be. */
  static DatabaseDefinition plain(String owner) {
    return new DatabaseDefinition(
        new Layout(owner, "", "", "", null, null, null, null, false),
        new DatabaseState(0, true, Set.of(), -1, true),
        null,
        Map.of(),
        List.of(),
        List.of());
  }

  /**
   * One row of {@code pg_db_role_setting}, taken apart.
   *
   * @param role whose; null for everybody's
   * @param value its bytes, whoever wrote them from a database of whatever encoding
   */
  record Setting(@Nullable String role, String name, ServerText value) {}

  /** A security label and who gave it. */
  record Label(String provider, ServerText text) {}

  /**
   * Reads it.
   *
   * @param lockout what the database's comment keeps, if it is closed
   */
  static DatabaseDefinition read(
      Connection connection, DatabaseAccess before, @Nullable LockoutRecord lockout)
      throws SQLException {
    long oid = before.oid();
    return new DatabaseDefinition(
        Rows.query(
                connection,
                Sql.named("database/database-definition"),
                statement -> statement.set("database", oid),
                DatabaseDefinition::layout)
            .get(0),
        lockout == null ? before.state() : lockout.before(),
        lockout == null ? before.comment() : lockout.comment(),
        lockout == null
            ? before.roles()
            : DatabaseAccess.roles(connection, lockout.roles().keySet()),
        Rows.query(
            connection,
            Sql.named("database/database-settings"),
            statement -> statement.set("database", oid),
            row ->
                new Setting(
                    row.getString("role"),
                    row.getString("name"),
                    ServerText.of(row.getBytes("value")))),
        Rows.query(
            connection,
            Sql.named("database/database-labels"),
            statement -> statement.set("database", oid),
            row -> new Label(row.getString("provider"), ServerText.of(row.getBytes("label")))));
  }

  /**
   * What differs in the other one, in words; privileges spelled out are those that are built in.
   */
  List<String> changesIn(DatabaseDefinition other) {
    List<String> changes = new ArrayList<>();
    if (!layout.equals(other.layout)) {
      changes.add("its owner or its mark as a template");
    }
    if (!state.isLike(other.state)) {
      changes.add("its privileges, its connection limit or whether it accepts connections");
    }
    if (!Objects.equals(comment, other.comment)) {
      changes.add("its comment");
    }
    if (!settings.equals(other.settings)) {
      changes.add("its settings");
    }
    if (!labels.equals(other.labels)) {
      changes.add("its security labels");
    }
    return changes;
  }

  /** What of it is only bytes to the server: comment, values of settings, labels. */
  List<ServerText> texts() {
    List<ServerText> texts = new ArrayList<>();
    if (comment != null) {
      texts.add(comment);
    }
    settings.forEach(setting -> texts.add(setting.value()));
    labels.forEach(label -> texts.add(label.text()));
    return texts;
  }

  private static Layout layout(ResultSet row) throws SQLException {
    return new Layout(
        row.getString("owner"),
        row.getString("encoding"),
        row.getString("lc_collate"),
        row.getString("lc_ctype"),
        row.getString("locale_provider"),
        row.getString("locale"),
        row.getString("icu_rules"),
        row.getString("tablespace"),
        row.getBoolean("template"));
  }
}
