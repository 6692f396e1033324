package io.github.pgkill.postgres.lockout;

import io.github.pgkill.model.lockout.AclEntry;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.postgres.core.Ddl;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes the statements that undo a lockout, for people to read and to type. */
final class LockoutUndo {

  private LockoutUndo() {}

  /** All of them on one line, as they are written from a database of that encoding. */
  static String sql(LockoutRecord record, Charset encoding) {
    List<String> statements = new ArrayList<>();
    String database = record.databaseName();
    if (record.closedWith() == CloseWith.CONNECTION_LIMIT) {
      statements.add(
          Ddl.of(
              "ALTER DATABASE %I CONNECTION LIMIT %D;",
              database, record.before().connectionLimit()));
    } else if (record.closedWith() == CloseWith.ALLOW_CONNECTIONS) {
      statements.add(flag(database, record.before().allowConnections()));
    } else {
      privileges(record, statements);
    }
    statements.add(
        Ddl.of(
            "COMMENT ON DATABASE %I IS %L;",
            database, LockoutComment.literal(record.comment(), encoding)));
    return String.join(" ", statements);
  }

  private static void privileges(LockoutRecord record, List<String> statements) {
    Grants before = new Grants(record.before().connects(), record.before().owner());
    Set<AclEntry> taken = Grants.minus(record.before().acl(), record.after().acl());
    for (AclEntry entry : before.grantorsFirst(taken)) {
      String grantee = name(record.roles(), entry.grantee());
      String grant = Ddl.of(grant(entry), record.databaseName(), grantee);
      boolean owners = entry.grantor() == record.before().owner();
      String grantor = owners ? null : record.roles().get(entry.grantor());
      statements.add(new RoleStatement(grantor, grant).typed());
    }
    for (AclEntry entry : Grants.minus(record.after().acl(), record.before().acl())) {
      statements.add(
          Ddl.of(
              "REVOKE CONNECT ON DATABASE %I FROM %R;",
              record.databaseName(), name(record.roles(), entry.grantee())));
    }
  }

  /** The statement that sets the flag as it was, which need not have been true. */
  static String flag(String database, boolean allowed) {
    return Ddl.of(
        allowed
            ? "ALTER DATABASE %I ALLOW_CONNECTIONS true;"
            : "ALTER DATABASE %I ALLOW_CONNECTIONS false;",
        database);
  }

  /** The statement that gives an entry back, run as its grantor. */
  static String grant(AclEntry entry) {
    return entry.grantable()
        ? "GRANT CONNECT ON DATABASE %I TO %R WITH GRANT OPTION"
        : "GRANT CONNECT ON DATABASE %I TO %R";
  }

  private static @Nullable String name(Map<Long, String> roles, long oid) {
    return oid == AclEntry.PUBLIC ? null : roles.get(oid);
  }
}
