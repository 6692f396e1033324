package io.github.pgkill.postgres.lockout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.BuildIdentity;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A comment is bytes in the encoding of whoever wrote it: they come back, or nothing is closed. */
class CommentBytesTest {

  private static final TestServer SERVER = TestServer.shared();
  private static final BuildIdentity BUILD = new BuildIdentity(9, "h", 1, Instant.EPOCH);
  private static final List<String> ENCODINGS =
      List.of("LATIN1", "WIN1252", "SQL_ASCII", "EUC_JP", "UTF8");

  /** Valid in one byte for each, not in UTF-8; with a backslash and a byte that WIN1252 lacks. */
  private static final String LATIN = "E'Caf\\xe9 \\\\x41 \\x81\\'\\n\\xff'";

  private String name;

  @BeforeAll
  static void createMaintenanceDatabases() throws SQLException {
    for (String encoding : ENCODINGS) {
      SERVER.execute(
          "create database maintenance_"
              + encoding
              + " encoding '"
              + encoding
              + "' lc_collate 'C' lc_ctype 'C' template template0");
    }
  }

  @AfterAll
  static void dropThem() throws SQLException {
    for (String encoding : ENCODINGS) {
      SERVER.execute("drop database maintenance_" + encoding);
    }
  }

  @BeforeEach
  void create() throws SQLException {
    name = SERVER.createDatabase();
  }

  @Test
  void everyByteComesBackWhereItCanBeWritten() throws SQLException {
    for (String encoding : List.of("LATIN1", "WIN1252", "SQL_ASCII")) {
      comment("LATIN1", LATIN);
      List<String> before = AccessState.of(SERVER, name);
      try (Server server =
          RandomLockoutsTest.connect(TestServer.SUPERUSER, maintenance(encoding))) {
        for (CloseWith way : CloseWith.values()) {
          Lockouts lockouts = new Lockouts(server);
          LockoutFound found = lockouts.close(plan(server, way));
          LockoutRecord record = ((LockoutFound.Closed) found).record();
          assertThat(lockouts.look(database(server))).isInstanceOf(LockoutFound.Closed.class);
          if (way == CloseWith.REVOKE) {
            assertThat(lockouts.giveBack(record).wasClosed()).isTrue();
          } else {
            assertThat(lockouts.reopen(database(server), BUILD).wasClosed()).isTrue();
          }
          assertThat(AccessState.of(SERVER, name)).as(encoding + way).isEqualTo(before);
          lockouts.close(plan(server, way));
          String sql = comment();
          SERVER.execute(maintenance(encoding), sql.substring(0, sql.indexOf('\n')));
          assertThat(AccessState.of(SERVER, name)).as("by its first line").isEqualTo(before);
        }
      }
    }
  }

  @Test
  void aTextIsReadAndGivenBackFromEveryEncoding() throws SQLException {
    comment("UTF8", "'Ünsere \\ Größe, 漢字'");
    List<String> before = AccessState.of(SERVER, name);
    for (String closing : List.of("UTF8", "SQL_ASCII", "LATIN1")) {
      for (String opening : ENCODINGS) {
        if (opening.equals("EUC_JP")) {
          continue;
        }
        try (Server one = RandomLockoutsTest.connect(TestServer.SUPERUSER, maintenance(closing));
            Server two = RandomLockoutsTest.connect(TestServer.SUPERUSER, maintenance(opening))) {
          new Lockouts(one).close(plan(one, CloseWith.CONNECTION_LIMIT));
          assertThat(new Lockouts(two).recorded()).contains(name);
          assertThat(new Lockouts(two).reopen(database(two), BUILD).wasClosed()).isTrue();
        }
        assertThat(AccessState.of(SERVER, name)).as(closing + opening).isEqualTo(before);
      }
    }
  }

  @Test
  void whatCannotBeWrittenBackIsNotClosed() throws SQLException {
    comment("LATIN1", LATIN);
    List<String> before = AccessState.of(SERVER, name);
    for (String encoding : List.of("UTF8", "EUC_JP")) {
      try (Server server =
          RandomLockoutsTest.connect(TestServer.SUPERUSER, maintenance(encoding))) {
        ClosePlan plan = plan(server, CloseWith.CONNECTION_LIMIT);
        assertThatThrownBy(() -> new Lockouts(server).close(plan))
            .isInstanceOf(PgkillFailure.class)
            .hasMessageContaining("from a database with another encoding")
            .satisfies(
                e ->
                    assertThat(((PgkillFailure) e).remedy().orElseThrow())
                        .contains("-Dpgkill.maintenanceDatabase="));
        assertThat(new Lockouts(server).recorded()).doesNotContain(name);
      }
      assertThat(AccessState.of(SERVER, name)).as(encoding).isEqualTo(before);
    }
  }

  @Test
  void aCommentThatTookTheRecordsPlaceIsKeptWhateverItsBytes() throws SQLException {
    comment("LATIN1", LATIN);
    List<String> theirs = AccessState.of(SERVER, name);
    comment("LATIN1", "'ours'");
    try (Server server = RandomLockoutsTest.connect(TestServer.SUPERUSER)) {
      LockoutFound found = new Lockouts(server).close(plan(server, CloseWith.CONNECTION_LIMIT));
      comment("LATIN1", LATIN);
      assertThat(new Lockouts(server).giveBack(((LockoutFound.Closed) found).record()).wasClosed())
          .isTrue();
    }
    assertThat(AccessState.of(SERVER, name)).isEqualTo(theirs);
  }

  private static String maintenance(String encoding) {
    return "maintenance_" + encoding.toLowerCase(Locale.ROOT);
  }

  private String comment() throws SQLException {
    return SERVER
        .query(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = ?", name)
        .get(0);
  }

  private void comment(String encoding, String literal) throws SQLException {
    try (Connection connection = SERVER.connect(maintenance(encoding), TestServer.SUPERUSER);
        Statement statement = connection.createStatement()) {
      statement.execute("comment on database " + name + " is " + literal);
    }
  }

  private DatabaseInfo database(Server server) {
    return server.findDatabase(name).orElseThrow();
  }

  private ClosePlan plan(Server server, CloseWith way) {
    return new ClosePlan(database(server), way, null, List.of("postgres"), Reopen.NEVER, BUILD);
  }
}
