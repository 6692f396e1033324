package io.github.pgkill.job.drop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.TestServer;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Comment and settings of a recreated database are those of the old one, byte for byte. */
class RecreateBytesTest {

  private static final TestServer SERVER = TestServer.shared();

  /** One byte for each, and no text in UTF-8; with a backslash, a quote and white space. */
  private static final String BYTES = "E'caf\\xe9 \\\\x41 \\'q\\' \\x81\\n\\xff'";

  @BeforeAll
  static void createMaintenanceDatabase() throws SQLException {
    SERVER.execute(
        "create database bytes_of_latin1 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'"
            + " template template0");
    SERVER.execute(
        "create database bytes_of_none encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C'"
            + " template template0");
  }

  @AfterAll
  static void dropIt() throws SQLException {
    SERVER.execute("drop database bytes_of_latin1");
    SERVER.execute("drop database bytes_of_none");
  }

  private static String furnished() throws SQLException {
    String database = SERVER.createDatabase();
    String role = SERVER.createRole("login");
    String named = "database " + database;
    SERVER.execute("bytes_of_latin1", "alter " + named + " set app.note to " + BYTES);
    SERVER.execute("bytes_of_latin1", "comment on " + named + " is " + BYTES);
    SERVER.execute(
        "bytes_of_latin1", "alter role " + role + " in " + named + " set app.note to " + BYTES);
    SERVER.execute("alter " + named + " set search_path to \"$user\", 'Größe', \"a,b\"");
    SERVER.execute("alter " + named + " set app.greeting to 'Grüße, 漢字'");
    return database;
  }

  private static List<String> bytes(String database) throws SQLException {
    return SERVER.queryIn(
        "bytes_of_none",
        """
        select encode(replace(t, chr(92), chr(92) || chr(92))::bytea, 'hex')
        from (
          select unnest(s.setconfig) from pg_db_role_setting s, pg_database d
          where d.datname = ? and s.setdatabase = d.oid
          union all
          select shobj_description(d.oid, 'pg_database') from pg_database d where d.datname = ?
        ) x (t)
        order by 1
        """,
        database,
        database);
  }

  @Test
  void theyAreKept() throws SQLException {
    for (String through : List.of("bytes_of_latin1", "bytes_of_none")) {
      String database = furnished();
      List<String> before = bytes(database);
      assertThat(before).hasSize(5);

      DropJobs.on(SERVER, database).through(through).recreate();

      assertThat(bytes(database)).as(through).isEqualTo(before);
    }
  }

  @Test
  void orRefusedBeforeAnythingIsDone() throws SQLException {
    String database = furnished();
    List<String> before = bytes(database);
    List<String> databases = SERVER.query("select datname from pg_database order by 1");
    DropJobs job = DropJobs.on(SERVER, database);

    assertThatThrownBy(job::recreate)
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContainingAll(database, "with another encoding")
        .extracting(e -> ((PgkillFailure) e).remedy().orElseThrow())
        .asString()
        .contains("-Dpgkill.maintenanceDatabase=");
    assertThat(SERVER.query("select datname from pg_database order by 1")).isEqualTo(databases);
    assertThat(bytes(database)).isEqualTo(before);
  }
}
