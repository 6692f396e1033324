package io.github.pgkill.campaign;

import io.github.pgkill.campaign.DatabaseImage.Privilege;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Reads what the server knows of its databases, from a database of encoding SQL_ASCII: there,
 * comments are bytes.
 */
final class Catalog implements AutoCloseable {

  /** Where it looks from, and where comments can be made of any bytes. */
  static final String RAW = "campaign_raw";

  private static final String IMAGES =
      """
      select
        d.oid::bigint as oid,
        d.datname::text as name,
        d.datdba::bigint as owner,
        d.datconnlimit as connlimit,
        d.datallowconn as allow,
        d.datistemplate as template,
        (
          select string_agg(concat_ws(' ', grantor, grantee, privilege_type, is_grantable), ',')
          from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba)))
        ) as acl,
        (
          select string_agg(concat_ws(' ', deptype, refobjid), ',')
          from pg_shdepend
          where classid = 'pg_database'::regclass and objid = d.oid
            and refclassid = 'pg_authid'::regclass
        ) as dependencies,
        (
          select encode(convert_to(description, 'SQL_ASCII'), 'hex')
          from pg_shdescription
          where classoid = 'pg_database'::regclass and objoid = d.oid
        ) as comment,
        (
          select string_agg(concat_ws(' ', setrole, setconfig), e'\\n')
          from pg_db_role_setting
          where setdatabase = d.oid
        ) as settings,
        concat_ws(' ', d.encoding, d.datcollate, d.datctype, d.dattablespace) as layout
      from pg_database d
      """;

  private static final String ADVISORY_LOCKS =
      "select coalesce(a.application_name, '?') || ' ' || l.classid || '/' || l.objid"
          + " from pg_locks l left join pg_stat_activity a using (pid)"
          + " where l.locktype = 'advisory'";

  private static final String OUR_SESSIONS =
      "select pid || ' ' || coalesce(datname, '') || ' ' || coalesce(wait_event, '') || ' '"
          + " || coalesce(query, '')"
          + " from pg_stat_activity where application_name = 'pgkill'";

  private final Connection connection;

  private Catalog(Connection connection) {
    this.connection = connection;
  }

  static Catalog of(TestServer server) throws SQLException {
    return new Catalog(server.connect(RAW, TestServer.SUPERUSER, "campaign"));
  }

  /** Reads over a connection to {@link #RAW} that somebody else has opened and will close. */
  static Catalog over(Connection connection) {
    return new Catalog(connection);
  }

  /** All databases, by object id. */
  SortedMap<Long, DatabaseImage> images() throws SQLException {
    SortedMap<Long, DatabaseImage> images = new TreeMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(IMAGES)) {
      while (rows.next()) {
        images.put(rows.getLong("oid"), image(rows));
      }
    }
    return images;
  }

  private static DatabaseImage image(ResultSet row) throws SQLException {
    return new DatabaseImage(
        row.getLong("oid"),
        row.getString("name"),
        row.getLong("owner"),
        acl(row.getString("acl")),
        split(row.getString("dependencies"), ","),
        row.getInt("connlimit"),
        row.getBoolean("allow"),
        row.getBoolean("template"),
        row.getString("comment"),
        split(row.getString("settings"), "\n"),
        row.getString("layout"));
  }

  private static SortedSet<String> split(String text, String separator) {
    return text == null ? new TreeSet<>() : new TreeSet<>(Arrays.asList(text.split(separator)));
  }

  private static SortedMap<Privilege, Boolean> acl(String text) {
    SortedMap<Privilege, Boolean> acl = new TreeMap<>();
    for (String entry : split(text, ",")) {
      String[] parts = entry.split(" ");
      acl.put(
          new Privilege(Long.parseLong(parts[0]), Long.parseLong(parts[1]), parts[2]),
          parts[3].equals("t"));
    }
    return acl;
  }

  /** Advisory locks that somebody holds. */
  List<String> advisoryLocks() throws SQLException {
    return column(ADVISORY_LOCKS);
  }

  /** Sessions of builds, whatever they do. */
  List<String> sessionsOfBuilds() throws SQLException {
    return column(OUR_SESSIONS);
  }

  List<String> column(String sql) throws SQLException {
    List<String> values = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return values;
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
