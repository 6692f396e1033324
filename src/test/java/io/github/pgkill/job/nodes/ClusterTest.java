package io.github.pgkill.job.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.job.list.ListSessions;
import io.github.pgkill.job.list.SessionOrder;
import io.github.pgkill.job.lockout.LockoutJob;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.model.report.Statement;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.value.NamePattern;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.html.HtmlReport;
import io.github.pgkill.report.json.JsonReport;
import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.DiagnoseJob;
import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.RecordedConsole;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.StubbornClients.Client;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A primary and a standby that {@code nodes} names: what holds on one holds on the other. */
@Tag("slow")
class ClusterTest {

  private static TestServer primary;
  private static TestServer standby;
  private static String identifier;

  private String database;
  private List<String> before;

  @BeforeAll
  static void start() throws SQLException {
    primary = TestServer.start(Map.of());
    standby = TestServer.standbyOf(primary);
    identifier = primary.query("select system_identifier::text from pg_control_system()").get(0);
    streaming(1);
  }

  @AfterAll
  static void stop() {
    standby.close();
    primary.close();
  }

  @BeforeEach
  void aDatabase() throws SQLException {
    database = primary.createDatabase();
    run(primary, database, "create table t (n integer)");
    primary.awaitReplay(standby);
    before = AccessState.of(primary, database);
  }

  @Test
  void sessionsOfEveryNodeEndAndAreTold(@TempDir Path directory) throws Exception {
    try (StubbornClients here = StubbornClients.of(primary, database);
        StubbornClients there = StubbornClients.of(standby, database)) {
      Client one = here.idle();
      Client other = there.idleInTransaction();
      TestJob job = job().closeWith(CloseWith.REVOKE);

      Termination termination = job.run();

      assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
      assertThat(one.alive()).isFalse();
      assertThat(other.alive()).isFalse();
      assertThat(termination.results())
          .extracting(result -> result.session().node().toString())
          .containsExactlyInAnyOrder(at(primary), at(standby));
      GoalReport report = job.report();
      assertThat(report.statements())
          .extracting(Statement::text)
          .anyMatch(text -> text.endsWith("-- on node " + at(standby)));
      assertThat(termination.verdict().remarks()).isEmpty();
      Path json = new JsonReport(directory).write(report);
      assertThat(Files.readString(json)).contains("\"node\": \"" + at(standby) + "\"");
      assertThat(Files.readString(HtmlReport.write(report, json))).contains("at " + at(standby));
    }
    assertUnchanged();
  }

  @Test
  void whileItIsClosedNobodyGetsInAnywhere() throws SQLException {
    LockoutJob closing = lockout();
    closing.revoke();
    try {
      assertThatThrownBy(() -> standby.connect(database, standbyRole()).close())
          .isInstanceOf(SQLException.class);
    } finally {
      closing.restore();
    }
    standby.connect(database, TestServer.SUPERUSER).close();
    assertUnchanged();
  }

  @Test
  void theLimitCountsTheWholeCluster() throws SQLException {
    try (StubbornClients here = StubbornClients.of(primary, database);
        StubbornClients there = StubbornClients.of(standby, database)) {
      Client one = here.idle();
      Client other = there.idle();
      assertThatThrownBy(() -> job(1).closeWith(null).run())
          .isInstanceOf(GuardRefusal.class)
          .hasMessageContaining("2 sessions selected");
      assertThat(one.alive()).isTrue();
      assertThat(other.alive()).isTrue();
    }
    assertUnchanged();
  }

  @Test
  void aDryRunChangesNothingOnAnyNode() throws SQLException {
    try (StubbornClients here = StubbornClients.of(primary, database);
        StubbornClients there = StubbornClients.of(standby, database)) {
      Client one = here.idle();
      Client other = there.idle();
      Termination termination = job().closeWith(null).dryRun().run();
      assertThat(termination.victims()).hasSize(2);
      assertThat(termination.statements())
          .anyMatch(text -> text.endsWith("-- on node " + at(standby)));
      assertThat(one.alive()).isTrue();
      assertThat(other.alive()).isTrue();
    }
    assertUnchanged();
  }

  @Test
  void filtersChooseOnEveryNode() throws SQLException {
    try (StubbornClients there = StubbornClients.of(standby, database)) {
      Client spared = there.as(TestServer.SUPERUSER, "spared").idle();
      Client hit = there.as(TestServer.SUPERUSER, "hit").idle();
      Termination termination =
          job().closeWith(null).filter(f -> f.excludeApplicationNames(name("spared"))).run();
      assertThat(hit.alive()).isFalse();
      assertThat(spared.alive()).isTrue();
      assertThat(TestJob.outcomeOf(termination, spared)).isEqualTo("excluded");
    }
  }

  @Test
  void theSameRoleMayEndThereWhatItMayEndHere() throws SQLException {
    String ci = primary.createRole("login in role pg_signal_backend, pg_read_all_stats");
    String app = primary.createRole("login");
    primary.awaitReplay(standby);
    try (StubbornClients there = StubbornClients.of(standby, database)) {
      Client hit = there.as(app, "app").idle();
      Client superuser = there.idle();
      assertThatThrownBy(
              () ->
                  TestJob.on(primary, database)
                      .connection(c -> c.as(ci).nodes(standby))
                      .rails(rails(null))
                      .stoppingWhenRefused()
                      .run())
          .hasMessageContaining("at " + at(standby));
      assertThat(hit.alive()).isTrue();
      assertThat(superuser.alive()).isTrue();
    }
  }

  @Test
  void aDroppedDatabaseIsGoneEverywhereThoughAReaderHeldReplayUp() throws SQLException {
    assertThat(standby.query("show max_standby_streaming_delay")).containsExactly("30s");
    try (Connection reader = reader(database)) {
      stall(database);
      DropJobs.on(primary, database)
          .allowedServers(identifier)
          .confirm(database)
          .nodes(standby)
          .drop();
      assertThat(exists(standby, database)).isFalse();
      assertThat(reader.isValid(5)).isFalse();
    }
    assertThat(exists(primary, database)).isFalse();
  }

  @Test
  void aRecreatedDatabaseIsTheNewOneEverywhere() throws SQLException {
    try (Connection reader = reader(database)) {
      stall(database);
      DropJobs.on(primary, database)
          .allowedServers(identifier)
          .confirm(database)
          .nodes(standby)
          .recreate();
      assertThat(reader.isValid(5)).isFalse();
    }
    String oid = "select oid::text from pg_database where datname = ?";
    assertThat(standby.query(oid, database)).isEqualTo(primary.query(oid, database)).hasSize(1);
  }

  @Test
  void aClosingThatANodeDoesNotReplayFailsAndSaysWhy() throws SQLException {
    String other = primary.createDatabase();
    run(primary, other, "create table t (n integer)");
    primary.awaitReplay(standby);
    try (StubbornClients here = StubbornClients.of(primary, database);
        Connection reader = reader(other)) {
      here.idle();
      stall(other);
      Termination termination =
          job().closeWith(CloseWith.REVOKE).timeout(Duration.ofSeconds(2)).run();
      assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.FAILURE);
      assertThat(termination.verdict().summary())
          .contains("the closing of database " + database + " was not replayed everywhere")
          .contains("node " + at(standby))
          .contains("waits for pid ")
          .contains("in database " + other + ", idle in transaction")
          .contains("max_standby_streaming_delay is 30s");
      assertThat(reader.isValid(5)).isTrue();
      assertThat(AccessState.of(primary, database)).isEqualTo(before);
    }
    primary.awaitReplay(standby);
    assertUnchanged();
  }

  @Test
  void whatWouldNeverBeReplayedIsRefusedBeforeAnyChange() throws SQLException {
    try (StubbornClients there = StubbornClients.of(standby, database)) {
      Client client = there.idle();
      setOnStandby("recovery_min_apply_delay", "1h");
      assertRefused("recovery_min_apply_delay is 1h");
      setOnStandby("recovery_min_apply_delay", null);
      standby.query("select pg_wal_replay_pause()::text");
      assertRefused("somebody paused it");
      standby.query("select pg_wal_replay_resume()::text");
      assertThat(client.alive()).isTrue();
    }
    assertUnchanged();
  }

  @Test
  void aSparedReaderWithoutEndIsRefused() throws SQLException {
    setOnStandby("max_standby_streaming_delay", "-1");
    try (StubbornClients there = StubbornClients.of(standby, database)) {
      Client reader = there.as(TestServer.SUPERUSER, "spared").idleInTransaction();
      assertThatThrownBy(
              () ->
                  job()
                      .closeWith(CloseWith.REVOKE)
                      .filter(f -> f.excludeApplicationNames(name("spared")))
                      .run())
          .isInstanceOf(GuardRefusal.class)
          .hasMessageContaining("held up for ever")
          .hasMessageContaining("/spared at " + at(standby));
      assertThat(reader.alive()).isTrue();
      job().closeWith(CloseWith.REVOKE).run();
      assertThat(reader.alive()).isFalse();
    } finally {
      setOnStandby("max_standby_streaming_delay", null);
    }
    assertUnchanged();
  }

  @Test
  void whoIsNoStandbyOfThisServerIsRefused() throws SQLException {
    TestServer stranger = TestServer.shared();
    assertThatThrownBy(() -> job(stranger).run())
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("node " + at(stranger) + " is of another cluster");
    assertThatThrownBy(
            () ->
                TestJob.on(standby, database)
                    .connection(c -> c.nodes(primary))
                    .rails(rails(null))
                    .run())
        .hasMessageContaining("is a standby, which cannot be changed");
    TestServer gone = TestServer.start(Map.of());
    gone.close();
    assertThatThrownBy(() -> job(standby, gone).run())
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("node " + at(gone) + " cannot be looked at");
    try (TestServer clone = TestServer.cloneOf(primary)) {
      streaming(1);
      assertThatThrownBy(() -> job(clone).run())
          .isInstanceOf(GuardRefusal.class)
          .hasMessageContaining("is a primary, too");
    }
    assertThatThrownBy(() -> job().filter(f -> f.pids(List.of(1))).run())
        .isInstanceOf(InvalidParameter.class)
        .hasMessageContaining("another session's on each node");
    // the primary itself may be among them
    assertThat(job(primary, standby).run().verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertUnchanged();
  }

  @Test
  void aStandbyThatIsNotNamedIsSaid() throws SQLException {
    try (TestServer cascaded = TestServer.standbyOf(standby)) {
      streaming(1);
      Eventually.within(30, () -> !standby.query("select 1 from pg_stat_replication").isEmpty());
      assertThat(job().run().verdict().remarks())
          .anyMatch(remark -> remark.startsWith("1 more standby follows these nodes"));
      assertThat(job(standby, cascaded).run().verdict().remarks()).isEmpty();
    } finally {
      streaming(1);
    }
  }

  @Test
  void aSynchronousStandbyThatIsMissingHoldsNothingUp() throws SQLException {
    primary.execute("alter system set synchronous_standby_names = 'nobody'");
    primary.query("select pg_reload_conf()::text");
    Eventually.within(
        30, () -> primary.query("show synchronous_standby_names").equals(List.of("nobody")));
    try (StubbornClients here = StubbornClients.of(primary, database)) {
      here.idle();
      assertThat(job().closeWith(CloseWith.CONNECTION_LIMIT).run().verdict().status())
          .isEqualTo(Verdict.Status.SUCCESS);
    } finally {
      primary.execute("alter system reset synchronous_standby_names");
      primary.query("select pg_reload_conf()::text");
    }
    assertUnchanged();
  }

  @Test
  void listingAndDiagnosingShowTheNode() throws SQLException {
    try (StubbornClients here = StubbornClients.of(primary, database);
        StubbornClients there = StubbornClients.of(standby, database)) {
      here.idle();
      there.idle();
      List<String> lines = new ArrayList<>();
      Journal journal = new Journal("list-sessions", "test", "test");
      new ListSessions(new RecordedConsole(lines), journal)
          .run(
              new ListSessions.Request(
                  TestConnection.to(primary, database).nodes(standby).settings(),
                  SessionFilter.ALL_CLIENTS,
                  new ListSessions.Display(
                      ListSessions.Format.TABLE, SessionOrder.parse("sort", "age"), 40, null),
                  null,
                  false,
                  true));
      assertThat(journal.report().listed()).hasSize(2);
      assertThat(lines).anyMatch(line -> line.contains(at(standby)));
      GoalReport diagnosis = DiagnoseJob.on(primary, database).nodes(standby).run(Intent.DROP);
      assertThat(diagnosis.surroundings().blockers())
          .anyMatch(blocker -> blocker.what().contains("standby " + at(standby)))
          .anyMatch(
              blocker -> blocker.what().contains("stubborn at " + at(standby)) && !blocker.stops());
      assertThat(diagnosis.listed()).hasSize(2);
    }
  }

  private TestJob job() {
    return job(standby);
  }

  private TestJob job(int maxSessions) {
    return job().rails(rails(maxSessions));
  }

  private TestJob job(TestServer... nodes) {
    return TestJob.on(primary, database).connection(c -> c.nodes(nodes)).rails(rails(null));
  }

  private LockoutJob lockout() {
    return LockoutJob.on(primary, database)
        .with(CloseWith.REVOKE)
        .allowing(identifier)
        .nodes(standby);
  }

  private void assertRefused(String why) throws SQLException {
    assertThatThrownBy(() -> job().closeWith(CloseWith.REVOKE).run())
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("node " + at(standby))
        .hasMessageContaining(why)
        .hasMessageContaining("nothing was touched");
    assertThatThrownBy(() -> job().closeWith(CloseWith.REVOKE).dryRun().run())
        .hasMessageContaining(why);
    assertThatThrownBy(() -> lockout().revoke()).hasMessageContaining(why);
    assertThat(AccessState.of(primary, database)).isEqualTo(before);
  }

  private void assertUnchanged() throws SQLException {
    assertThat(AccessState.of(primary, database)).isEqualTo(before);
    assertThat(AccessState.of(standby, database)).isEqualTo(before);
  }

  private static GuardRails rails(Integer maxSessions) {
    return new GuardRails(List.of(), List.of(identifier), List.of(), List.of(), maxSessions);
  }

  private static List<NamePattern> name(String application) {
    return List.of(NamePattern.parse("excludeApplicationNames", application));
  }

  private static String at(TestServer server) {
    return "127.0.0.1:" + server.port();
  }

  private static String standbyRole() throws SQLException {
    String role = primary.createRole("login");
    primary.awaitReplay(standby);
    return role;
  }

  private static void setOnStandby(String setting, String value) {
    try {
      standby.execute(
          value == null
              ? "alter system reset " + setting
              : "alter system set " + setting + " = '" + value + "'");
      String earlier = standby.query("select pg_conf_load_time()::text").get(0);
      standby.query("select pg_reload_conf()::text");
      Eventually.within(
          30, () -> !standby.query("select pg_conf_load_time()::text").get(0).equals(earlier));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** In a transaction that has read the table and does nothing more. */
  private static Connection reader(String where) throws SQLException {
    Connection reader = standby.connect(where, TestServer.SUPERUSER, "reader");
    reader.setAutoCommit(false);
    try (var statement = reader.createStatement()) {
      statement.execute("select count(*) from t");
    }
    return reader;
  }

  /** Makes replay wait for whoever has read the table. */
  private static void stall(String where) throws SQLException {
    run(primary, where, "drop table t");
    Eventually.within(
        20,
        () ->
            !standby
                .query("select 1 from pg_locks where mode = 'AccessExclusiveLock' and not granted")
                .isEmpty());
  }

  private static void run(TestServer server, String where, String sql) throws SQLException {
    try (Connection connection = server.connect(where, TestServer.SUPERUSER);
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static boolean exists(TestServer server, String name) throws SQLException {
    return !server.query("select 1 from pg_database where datname = ?", name).isEmpty();
  }

  private static void streaming(int standbys) {
    Eventually.within(
        30,
        () ->
            primary
                .query("select count(*) from pg_stat_replication where state = 'streaming'")
                .equals(List.of(Integer.toString(standbys))));
  }
}
