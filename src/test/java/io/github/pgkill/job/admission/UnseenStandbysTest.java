package io.github.pgkill.job.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.job.list.ListSessions;
import io.github.pgkill.job.list.SessionOrder;
import io.github.pgkill.job.lockout.LockoutJob;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.report.Journal;
import io.github.pgkill.testing.DiagnoseJob;
import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.RecordedConsole;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whoever clears a primary alone is told of the standbys that nobody looked at. */
@Tag("slow")
class UnseenStandbysTest {

  private static final String UNSEEN =
      "1 standby follows this server and 1 unused replication slot is a standby's perhaps: sessions"
          + " there were not looked at (-Dpgkill.nodes=host:port,... names nodes whose sessions"
          + " count)";

  private static TestServer primary;
  private static TestServer standby;
  private static String identifier;

  @BeforeAll
  static void start() throws SQLException {
    primary = TestServer.start(Map.of());
    standby = TestServer.standbyOf(primary);
    identifier = primary.query("select system_identifier::text from pg_control_system()").get(0);
    primary.query("select pg_create_physical_replication_slot('gone')");
    Eventually.within(
        30, () -> primary.query("select 1 from pg_stat_replication").equals(List.of("1")));
  }

  @AfterAll
  static void stop() {
    standby.close();
    primary.close();
  }

  @Test
  void theVerdictOfTerminatingSaysSo() throws SQLException {
    TestJob job =
        TestJob.on(primary, primary.createDatabase())
            .rails(new GuardRails(List.of(), List.of(identifier), List.of(), List.of(), null));
    assertThat(job.run().verdict().remarks()).containsExactly(UNSEEN);
    assertThat(job.report().server().inactiveSlots()).isEqualTo(1);
  }

  @Test
  void closingDroppingListingAndDiagnosingSaySo() throws SQLException {
    String database = primary.createDatabase();
    LockoutJob closing =
        LockoutJob.on(primary, database).with(CloseWith.CONNECTION_LIMIT).allowing(identifier);
    closing.revoke();
    closing.restore();
    assertThat(closing.said()).contains(UNSEEN);
    List<String> listed = new ArrayList<>();
    new ListSessions(new RecordedConsole(listed), new Journal("list-sessions", "test", "test"))
        .run(
            new ListSessions.Request(
                TestConnection.to(primary, database).settings(),
                SessionFilter.ALL_CLIENTS,
                new ListSessions.Display(
                    ListSessions.Format.TABLE, SessionOrder.parse("sort", "age"), 40, null),
                null,
                false,
                true));
    assertThat(listed).contains(UNSEEN);
    assertThat(DiagnoseJob.on(primary, database).run(Intent.CLEAN).verdict().remarks())
        .contains(UNSEEN);
    assertThat(
            DropJobs.on(primary, database)
                .allowedServers(identifier)
                .confirm(database)
                .drop()
                .verdict()
                .remarks())
        .containsExactly(UNSEEN);
  }

  @Test
  void whereThereIsNoneNothingIsSaid() throws SQLException {
    TestServer alone = TestServer.shared();
    assertThat(TestJob.on(alone, alone.createDatabase()).run().verdict().remarks()).isEmpty();
  }
}
