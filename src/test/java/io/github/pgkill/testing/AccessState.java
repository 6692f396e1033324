package io.github.pgkill.testing;

import java.sql.SQLException;
import java.util.List;

/** All that promise 4 means by "exactly as it was", as text that compares and reads well. */
public final class AccessState {

  private static final String SQL =
      """
      select 'acl ' || grantor || ' ' || grantee || ' ' || privilege_type || ' ' || is_grantable
      from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba)))
      where d.oid = ?::bigint::oid
      union all
      select 'shdepend ' || refclassid || ' ' || refobjid || ' ' || deptype::text
      from pg_shdepend
      where classid = 'pg_database'::regclass and objid = ?::bigint::oid
      union all
      select 'owner ' || datdba || ' limit ' || datconnlimit || ' flag ' || datallowconn
      from pg_database where oid = ?::bigint::oid
      union all
      select 'comment ' || coalesce(quote_literal(shobj_description(?::bigint::oid, 'pg_database')), 'none')
      union all
      select 'comment bytes ' || coalesce(md5(shobj_description(?::bigint::oid, 'pg_database')), 'none')
      union all
      select 'setting ' || setrole || ' ' || setconfig::text
      from pg_db_role_setting where setdatabase = ?::bigint::oid
      order by 1
      """;

  private AccessState() {}

  /** Of the database with that object id, whatever its name. */
  public static List<String> of(TestServer server, long oid) throws SQLException {
    return server.query(SQL, oid, oid, oid, oid, oid, oid);
  }

  public static List<String> of(TestServer server, String database) throws SQLException {
    return of(server, oid(server, database));
  }

  public static long oid(TestServer server, String database) throws SQLException {
    return Long.parseLong(
        server.query("select oid from pg_database where datname = ?", database).get(0));
  }
}
