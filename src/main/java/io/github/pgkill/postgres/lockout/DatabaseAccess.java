package io.github.pgkill.postgres.lockout;

import io.github.pgkill.model.lockout.AclEntry;
import io.github.pgkill.model.lockout.DatabaseState;
import io.github.pgkill.model.value.ServerText;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.ServerEncoding;
import io.github.pgkill.postgres.core.Sql;
import java.nio.charset.Charset;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What decides at one moment who may connect to a database.
 *
 * @param oid the database's object id
 * @param name its name
 * @param state privileges, limit, flag
 * @param comment its comment; null for none
 * @param encoding of the database from which it was read
 * @param roles the roles that the privileges name
 */
public record DatabaseAccess(
    long oid,
    String name,
    DatabaseState state,
    @Nullable ServerText comment,
    Charset encoding,
    Map<Long, RoleInfo> roles) {

  /** Reads it; null when no database has that name. */
  static @Nullable DatabaseAccess read(Connection connection, String database) throws SQLException {
    List<Long> oids =
        Rows.query(
            connection,
            Sql.named("lockout/database-oid"),
            statement -> statement.set("name", database),
            row -> row.getLong("oid"));
    return oids.isEmpty() ? null : read(connection, oids.get(0));
  }

  /** Reads it; null when the database is gone. */
  static @Nullable DatabaseAccess read(Connection connection, long oid) throws SQLException {
    List<DatabaseAccess> found =
        Rows.query(
            connection,
            Sql.named("lockout/database-state"),
            statement -> statement.set("database", oid),
            DatabaseAccess::withoutRoles);
    if (found.isEmpty()) {
      return null;
    }
    DatabaseAccess access = found.get(0);
    Set<Long> oids = new TreeSet<>(Set.of(access.state.owner()));
    for (AclEntry entry : access.state.acl()) {
      oids.add(entry.grantor());
      oids.add(entry.grantee());
    }
    return new DatabaseAccess(
        access.oid,
        access.name,
        access.state,
        access.comment,
        access.encoding,
        roles(connection, oids));
  }

  /** The roles with these object ids that still exist. */
  public static Map<Long, RoleInfo> roles(Connection connection, Collection<Long> oids)
      throws SQLException {
    Map<Long, RoleInfo> roles = new HashMap<>();
    Rows.query(
        connection,
        Sql.named("lockout/role-names"),
        statement -> statement.set("oids", "int8", oids),
        row ->
            roles.put(
                row.getLong("oid"),
                new RoleInfo(
                    row.getLong("oid"),
                    row.getString("name"),
                    row.getBoolean("superuser"),
                    row.getBoolean("may_act_as"))));
    return roles;
  }

  /** A role's name; null for PUBLIC. */
  @Nullable String roleName(long oid) {
    RoleInfo role = roles.get(oid);
    return role == null ? null : role.name();
  }

  private static DatabaseAccess withoutRoles(ResultSet row) throws SQLException {
    DatabaseState state =
        new DatabaseState(
            row.getLong("owner"),
            row.getBoolean("default_acl"),
            acl(row),
            row.getInt("connection_limit"),
            row.getBoolean("allow_connections"));
    byte[] comment = row.getBytes("comment");
    return new DatabaseAccess(
        row.getLong("oid"),
        row.getString("name"),
        state,
        comment == null ? null : ServerText.of(comment),
        ServerEncoding.charset(row.getString("encoding")),
        Map.of());
  }

  private static Set<AclEntry> acl(ResultSet row) throws SQLException {
    Array grantors = row.getArray("grantors");
    Set<AclEntry> acl = new LinkedHashSet<>();
    if (grantors == null) {
      return acl;
    }
    Long[] from = (Long[]) grantors.getArray();
    Long[] to = (Long[]) row.getArray("grantees").getArray();
    String[] privileges = (String[]) row.getArray("privileges").getArray();
    Boolean[] grantables = (Boolean[]) row.getArray("grantables").getArray();
    for (int i = 0; i < from.length; i++) {
      acl.add(new AclEntry(from[i], to[i], privileges[i], grantables[i]));
    }
    return acl;
  }
}
