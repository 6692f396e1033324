package io.github.pgkill.job.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A goal that would break off for want of a connection is refused before it begins. */
@Timeout(60)
final class EnoughSlotsTest {

  private static final TestServer SERVER =
      TestServer.start(Map.of("max_connections", "12", "superuser_reserved_connections", "3"));

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @Test
  void theRolesOwnLimitIsKnownBeforeADatabaseIsBuilt() throws SQLException {
    String owner = SERVER.createRole("login createdb connection limit 2");
    String database = SERVER.createDatabase();
    SERVER.execute("alter database " + database + " owner to " + owner);
    List<String> before = SERVER.query("select oid::text from pg_database order by 1");

    for (boolean dryRun : new boolean[] {true, false}) {
      DropJobs job = DropJobs.on(SERVER, database).as(owner);
      assertThatThrownBy(() -> (dryRun ? job.dryRun() : job).recreate())
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("needs 3 more connections")
          .hasMessageContaining("its own limit leaves 1 to the role that logs in");
    }

    assertThat(SERVER.query("select oid::text from pg_database order by 1")).isEqualTo(before);
  }

  @Test
  void withAsManyAsItNeedsItSucceeds() throws SQLException {
    String owner = SERVER.createRole("login createdb connection limit 4");
    String database = SERVER.createDatabase();
    SERVER.execute("alter database " + database + " owner to " + owner);

    assertThat(DropJobs.on(SERVER, database).as(owner).recreate().verdict().summary())
        .contains("is recreated");
  }

  @Test
  void theServersLastSlotsAreNotOurs() throws SQLException {
    String owner = SERVER.createRole("login");
    String database = SERVER.createDatabase();
    SERVER.execute("alter database " + database + " owner to " + owner);
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      // 12 less the 3 reserved ones less our own less one
      for (int i = 0; i < 7; i++) {
        clients.as(owner, "stubborn").idle();
      }

      assertThatThrownBy(
              () -> TestJob.on(SERVER, database).as(owner).closeWith(CloseWith.REVOKE).run())
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("the server (max_connections) leaves 1 to the role that logs in");
      assertThat(SERVER.query("select count(*) from pg_stat_activity where usename = ?", owner))
          .containsExactly("7");

      assertThat(TestJob.on(SERVER, database).as(owner).run().verdict().summary())
          .as("without a closing it needs none")
          .contains("is left");
    }
  }

  @Test
  void theMaintenanceDatabasesLimitCountsToo() throws SQLException {
    String owner = SERVER.createRole("login");
    String database = SERVER.createDatabase();
    String elsewhere = SERVER.createDatabase();
    SERVER.execute("alter database " + database + " owner to " + owner);
    SERVER.execute("alter database " + elsewhere + " connection limit 2");

    assertThatThrownBy(() -> DropJobs.on(SERVER, database).as(owner).through(elsewhere).drop())
        .hasMessageContaining("the limit of database " + elsewhere + " leaves");
  }
}
