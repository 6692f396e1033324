package io.github.pgkill.job.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.job.list.ListSessions;
import io.github.pgkill.job.list.SessionOrder;
import io.github.pgkill.job.lockout.LockoutJob;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.value.RelationName;
import io.github.pgkill.postgres.core.ScriptSession;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerConnector;
import io.github.pgkill.report.Journal;
import io.github.pgkill.testing.BackupJob;
import io.github.pgkill.testing.ClientPrograms;
import io.github.pgkill.testing.DiagnoseJob;
import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.Mallory;
import io.github.pgkill.testing.Needs;
import io.github.pgkill.testing.RecordedConsole;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.StubbornClients.Client;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every goal, run by a superuser, meets a database whose owner waits for one. */
@Tag("slow")
class HostileCatalogTest {

  private static final TestServer SERVER = TestServer.shared();

  private String database;
  private Mallory mallory;

  @TempDir private Path directory;

  @BeforeEach
  void layTraps() throws SQLException {
    database = SERVER.createDatabase();
    mallory = Mallory.in(SERVER, database);
    mallory.layTraps();
    SERVER.execute("alter database " + database + " owner to " + mallory.role());
    mallory.execute(
        """
        alter database %1$s set search_path = m, pg_catalog;
        alter database %1$s set local_preload_libraries = 'nope';
        alter database %1$s set default_transaction_isolation = 'serializable';
        alter database %1$s set default_transaction_deferrable = on;
        alter database %1$s set default_transaction_read_only = on;
        alter database %1$s set statement_timeout = 1;
        alter database %1$s set lock_timeout = 1;
        alter database %1$s set client_min_messages = 'error';
        alter database %1$s set array_nulls = off;
        alter database %1$s set row_security = on
        """
            .formatted(database));
  }

  @AfterEach
  void whoeverCameByMalloryStaysWhatSheWas() throws SQLException {
    assertThat(mallory.isSuperuser()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(Intent.class)
  void diagnose(Intent intent) {
    GoalReport report = DiagnoseJob.on(SERVER, database).run(intent);

    assertThat(report.verdict().remarks())
        .containsExactly(
            "Liquibase's lock table \"m\".\"databasechangeloglock\" could not be read: other tables"
                + " inherit from it");
  }

  @Test
  void listSessions() throws SQLException {
    List<String> lines = new ArrayList<>();

    new ListSessions(new RecordedConsole(lines), new Journal("list-sessions", "test", "test"))
        .run(
            new ListSessions.Request(
                TestConnection.to(SERVER, database).settings(),
                SessionFilter.builder().holdingLocksOn(everything()).build(),
                new ListSessions.Display(
                    ListSessions.Format.TABLE, SessionOrder.parse("sort", "age"), 10, null),
                null,
                false,
                true));

    assertThat(lines).isNotEmpty();
  }

  @Test
  void terminateSessionsThatHoldLocks() throws SQLException {
    try (StubbornClients clients = StubbornClients.of(SERVER, "postgres")) {
      Client elsewhere = clients.idle();

      Termination termination =
          TestJob.on(SERVER, database).filter(f -> f.holdingLocksOn(everything())).run();

      assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
      assertThat(elsewhere.alive()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = CloseWith.class,
      names = {"REVOKE", "CONNECTION_LIMIT", "ALLOW_CONNECTIONS"})
  void terminate(CloseWith closeWith) {
    assertThat(TestJob.on(SERVER, database).closeWith(closeWith).run().verdict().status())
        .isEqualTo(Verdict.Status.SUCCESS);
  }

  @Test
  void terminateThatFails() throws SQLException {
    SERVER.execute("alter database " + database + " reset local_preload_libraries");
    SERVER.execute("alter database " + database + " reset statement_timeout");
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      clients.storm(2);

      assertThat(
              TestJob.on(SERVER, database)
                  .timeout(Duration.ofSeconds(1))
                  .quietPeriod(Duration.ofSeconds(5))
                  .run()
                  .verdict()
                  .status())
          .isEqualTo(Verdict.Status.FAILURE);
    }
  }

  @Test
  void closeAndOpen() {
    LockoutJob job = LockoutJob.on(SERVER, database);
    job.revoke();
    job.restore();
  }

  @Test
  @Needs(Machine.PG_DUMP)
  void backupThenDrop() throws SQLException {
    GoalReport report =
        BackupJob.of(
                SERVER, database, directory.resolve("backups"), ClientPrograms.pgDump().toString())
            .run();
    assertThat(report.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);

    DropJobs.on(SERVER, database).drop();
  }

  /** The build's steps find the database's presets; what comes before them finds ours. */
  @Test
  void takeTheRoleOfTheBuildsSteps() throws SQLException, ScriptSession.Refused {
    for (String preset :
        List.of("local_preload_libraries", "statement_timeout", "default_transaction_read_only")) {
      SERVER.execute("alter database " + database + " reset " + preset);
    }
    String role = SERVER.createRole("");
    SERVER.execute(database, "grant usage on schema m to public");
    try (Server server =
            ServerConnector.toLook(TestConnection.to(SERVER, database).role(role).settings())
                .connect();
        ScriptSession steps = server.script(database)) {
      steps.run(
          "do $$ begin assert current_user = '"
              + role
              + "' and current_setting('search_path') = 'm, pg_catalog'; end $$",
          Duration.ofSeconds(10));
    }
  }

  @Test
  void recreate() {
    assertThat(DropJobs.on(SERVER, database).recreate().verdict().status())
        .isEqualTo(Verdict.Status.SUCCESS);
  }

  private static List<RelationName> everything() {
    return List.of(new RelationName("m", null), new RelationName("m", "databasechangeloglock"));
  }
}
