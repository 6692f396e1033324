package io.github.pgkill.job.poolers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.connection.PoolerAccess;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.value.Secret;
import io.github.pgkill.report.html.HtmlReport;
import io.github.pgkill.report.json.JsonReport;
import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.Needs;
import io.github.pgkill.testing.PooledClients;
import io.github.pgkill.testing.TestPooler;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database behind a real PgBouncer: its clients wait while the database is closed. */
@Tag("slow")
@Needs(Machine.PGBOUNCER)
class PoolersTest {

  private static final TestServer SERVER = TestServer.shared();

  private static TestPooler pooler;

  private String database;
  private List<String> before;

  @BeforeAll
  static void start() {
    pooler = TestPooler.before(SERVER, Map.of());
  }

  @AfterAll
  static void stop() {
    pooler.close();
  }

  @BeforeEach
  void aDatabase() throws SQLException {
    database = SERVER.createDatabase();
    before = AccessState.of(SERVER, database);
  }

  @AfterEach
  void nothingIsLeft() throws SQLException {
    assertThat(AccessState.of(SERVER, database)).isEqualTo(before);
    pooler.withdraw();
  }

  /** A canary: the driver only happens to send nothing that the console refuses. */
  @Test
  void theDriverOpensTheConsole() throws SQLException {
    try (Connection console = pooler.console();
        Statement statement = console.createStatement();
        ResultSet version = statement.executeQuery("SHOW VERSION")) {
      assertThat(version.next()).isTrue();
      assertThat(version.getString(1)).startsWith("PgBouncer");
    }
  }

  @Test
  void pooledClientsWaitAndNoneGetsAnError(@TempDir Path directory) throws Exception {
    pooler.alias("app", database, "");
    try (PooledClients clients = PooledClients.of(pooler, "app", 15)) {
      PoolersJob job = job().step("sleep", "3");
      Termination termination = job.terminate();
      int then = clients.queries();
      Eventually.within(10, () -> clients.queries() > then);
      assertThat(termination.verdict().status()).as(job.said()).isEqualTo(Verdict.Status.SUCCESS);
      assertThat(clients.errors()).isEmpty();
      assertThat(job.report().surroundings().poolers())
          .singleElement()
          .satisfies(
              alias -> {
                assertThat(alias.alias()).isEqualTo("app");
                assertThat(alias.mode()).isEqualTo("transaction");
                assertThat(alias.waiting()).isEqualTo(15);
                assertThat(alias.lasted()).isGreaterThan(Duration.ofSeconds(3));
              });
      assertThat(termination.verdict().remarks()).anyMatch(line -> line.contains("15 of 15"));
      assertThat(termination.statements())
          .startsWith("PAUSE app; at " + pooler.address())
          .contains("RESUME app; at " + pooler.address());
      Path json = new JsonReport(directory).write(job.report());
      assertThat(Files.readString(json))
          .contains("\"console\": \"" + pooler.address() + "\"", "\"waiting\": 15");
      assertThat(Files.readString(HtmlReport.write(job.report(), json)))
          .contains("alias app at " + pooler.address() + " (transaction pooling) was paused for");
    }
  }

  /** The pause is answered only once its backends are ended, and its client is not refused. */
  @Test
  void aliasesThatPoolSessionsArePausedTooAndOthersAreLeftAlone() throws SQLException {
    String other = SERVER.createDatabase();
    pooler
        .alias("first", database, "")
        .alias("sessions", database, "pool_mode=session")
        .alias("other", other, "");
    try (Connection session = pooler.connect("sessions");
        PooledClients spared = PooledClients.of(pooler, "other", 2)) {
      session.createStatement().execute("select 1");
      PoolersJob job = job().step("sleep", "1");
      assertThat(job.terminate().verdict().status())
          .as(job.said())
          .isEqualTo(Verdict.Status.SUCCESS);
      assertThat(job.report().surroundings().poolers())
          .extracting(alias -> alias.alias())
          .containsExactlyInAnyOrder("first", "sessions");
      assertThat(spared.errors()).isEmpty();
      assertThat(job.said()).contains("sessions at").contains("its connection is pid");
    }
    try (Connection again = pooler.connect("sessions")) {
      again.createStatement().execute("select 1");
    }
  }

  @Test
  void aDryRunSaysWhatItWouldPauseAndPausesNobody() throws SQLException {
    pooler.alias("app", database, "");
    try (PooledClients clients = PooledClients.of(pooler, "app", 2)) {
      PoolersJob job = job().dryRun();
      Termination termination = job.terminate();
      assertThat(termination.statements())
          .contains("PAUSE app; at " + pooler.address() + "  -- undo: RESUME app;");
      assertThat(pooler.isPaused("app")).isFalse();
      assertThat(clients.errors()).isEmpty();
    }
  }

  @Test
  void withoutConsentNobodyIsPaused() throws SQLException {
    pooler.alias("app", database, "");
    try (PooledClients clients = PooledClients.of(pooler, "app", 1)) {
      refused(pooler.access(TestPooler.ADMIN, false))
          .isInstanceOf(InvalidParameter.class)
          .satisfies(e -> assertRemedy(e, "-Dpgkill.affectPoolers=true"));
      assertThat(clients.errors()).isEmpty();
    }
  }

  @Test
  void whoMayOnlyLookIsRefusedBeforeAnythingIsTouched() throws SQLException {
    pooler.alias("app", database, "");
    try (PooledClients clients = PooledClients.of(pooler, "app", 1)) {
      refused(pooler.access(TestPooler.OBSERVER, true))
          .isInstanceOf(GuardRefusal.class)
          .hasMessageContaining("but not pause anything")
          .satisfies(e -> assertRemedy(e, "admin_users"));
      refused(pooler.access("nobody", true))
          .hasMessageContaining("cannot be opened as user nobody");
      assertThat(clients.errors()).isEmpty();
    }
  }

  @Test
  void whatIsPausedOrDisabledAlreadyIsRefused() throws SQLException {
    pooler.alias("app", database, "");
    try (PooledClients clients = PooledClients.of(pooler, "app", 1)) {
      pooler.tell("PAUSE app");
      refused(pooler.access()).hasMessageContaining("is paused already");
      assertThat(pooler.isPaused("app")).isTrue();
      pooler.tell("RESUME app");
      pooler.tell("DISABLE app");
      refused(pooler.access()).hasMessageContaining("is disabled already");
      pooler.tell("ENABLE app");
      assertThat(clients.errors()).isEmpty();
    }
  }

  @Test
  void aServerIsNoPooler() {
    PoolerAccess access =
        new PoolerAccess(
            List.of(new HostAddress("127.0.0.1", null, SERVER.port())),
            TestServer.SUPERUSER,
            new Secret("x"),
            true,
            List.of());
    assertThatThrownBy(() -> PoolersJob.on(SERVER, database, access).step("true").terminate())
        .isInstanceOf(PgkillFailure.class)
        .satisfies(e -> assertRemedy(e, "-Dpgkill.poolers"));
  }

  @Test
  void aConsoleOnAnotherMachineIsRefusedUnlessItIsListed() {
    PoolerAccess access =
        new PoolerAccess(
            List.of(new HostAddress("pooler.invalid", null, 6432)),
            TestPooler.ADMIN,
            new Secret("x"),
            true,
            List.of());
    assertThatThrownBy(() -> PoolersJob.on(SERVER, database, access).terminate())
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("pooler.invalid")
        .satisfies(e -> assertRemedy(e, "allowedHosts"));
  }

  @Test
  void aPoolerThatThisBuildsOwnToolsUseIsRefused() throws SQLException {
    pooler.alias("app", database, "");
    PoolerAccess access =
        new PoolerAccess(
            List.of(pooler.address()),
            TestPooler.ADMIN,
            new Secret(TestPooler.PASSWORD),
            true,
            List.of(new HostAddress("localhost", null, pooler.address().port())));
    refused(access).hasMessageContaining("Flyway or Liquibase of this very build");
  }

  @Test
  void severalProcessesAtOneAddressAreRefused() throws SQLException {
    try (TestPooler shared = TestPooler.before(SERVER, Map.of("so_reuseport", "1"))) {
      shared.alias("app", database, "");
      refused(shared.access()).hasMessageContaining("so_reuseport");
    }
  }

  @Test
  void aBalancerBeforeTheConsolesIsRefused() throws SQLException {
    try (TestPooler another = TestPooler.before(SERVER, Map.of());
        Balancer balancer = new Balancer(pooler.address().port(), another.address().port())) {
      PoolerAccess access =
          new PoolerAccess(
              List.of(new HostAddress("127.0.0.1", null, balancer.port())),
              TestPooler.ADMIN,
              new Secret(TestPooler.PASSWORD),
              true,
              List.of());
      pooler.alias("app", database, "");
      another.alias("app", database, "");
      refused(access).hasMessageContaining("come out at different poolers");
    }
  }

  @Test
  void anAliasOfWhichNobodyKnowsWhereItLeadsIsRefused() throws SQLException {
    pooler.aliasTo("app", "host=nowhere.invalid port=" + SERVER.port() + " dbname=" + database);
    refused(pooler.access())
        .hasMessageContaining("whether alias app at")
        .hasMessageContaining("cannot be told");
  }

  @Test
  void anAliasThatLeadsToAnotherServerIsNotPaused() throws SQLException {
    try (TestServer elsewhere = TestServer.start(Map.of())) {
      elsewhere.execute("create database " + database);
      pooler.aliasTo("app", "host=127.0.0.1 port=" + elsewhere.port() + " dbname=" + database);
      try (PooledClients clients = PooledClients.of(pooler, "app", 2)) {
        PoolersJob job = job().step("sleep", "1");
        assertThat(job.terminate().verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
        assertThat(job.said()).contains("of another server").contains("it is not paused");
        assertThat(job.report().surroundings().poolers()).isEmpty();
        assertThat(clients.errors()).isEmpty();
      }
    }
  }

  @Test
  void aLockoutThatNobodyEndsIsNothingToPauseFor() throws SQLException {
    pooler.alias("app", database, "");
    assertThatThrownBy(() -> job().reopen(Reopen.NEVER).revoke())
        .isInstanceOf(InvalidParameter.class)
        .hasMessageContaining("reopen=never");
  }

  /** What lasts for the build is given back by restore-connect, or by the end of the build. */
  @Test
  void theBuildMayKeepItClosedAndPaused() throws SQLException {
    pooler.alias("app", database, "");
    try (PooledClients clients = PooledClients.of(pooler, "app", 3)) {
      PoolersJob job = job().reopen(Reopen.BUILD_END);
      job.revoke();
      assertThat(pooler.isPaused("app")).isTrue();
      assertThat(comment()).contains("RESUME app; at " + pooler.address()).doesNotContain("secret");
      job().restore(false);
      assertThat(pooler.isPaused("app")).isFalse();
      job.revoke();
      assertThat(pooler.isPaused("app")).isTrue();
      job.end();
      assertThat(pooler.isPaused("app")).isFalse();
      assertThat(clients.errors()).isEmpty();
    }
  }

  @Test
  void clientsOfARecreatedDatabaseWaitForTheNewOne() throws SQLException {
    pooler.alias("app", database, "");
    String oid = "select oid::text from pg_database where datname = ?";
    List<String> old = SERVER.query(oid, database);
    try (PooledClients clients = PooledClients.of(pooler, "app", 3)) {
      DropJobs job = DropJobs.on(SERVER, database).poolers(pooler.access());
      job.recreate();
      int then = clients.queries();
      Eventually.within(10, () -> clients.queries() > then);
      assertThat(clients.errors()).isEmpty();
    }
    assertThat(SERVER.query(oid, database)).hasSize(1).isNotEqualTo(old);
  }

  @Test
  void afterADropNothingIsPaused() throws SQLException {
    pooler.alias("app", database, "");
    try (Connection client = pooler.connect("app")) {
      client.createStatement().execute("select 1");
      DropJobs.on(SERVER, database).poolers(pooler.access()).drop();
      assertThat(pooler.isPaused("app")).isFalse();
    }
    SERVER.execute("create database " + database);
  }

  @Test
  void diagnoseNamesWhatIsBehindThePoolers() throws SQLException {
    pooler.alias("app", database, "").alias("sleeping", database, "pool_mode=session");
    pooler.tell("PAUSE sleeping");
    try (PooledClients clients = PooledClients.of(pooler, "app", 2)) {
      assertThat(clients.queries()).isPositive();
      List<String> remarks = job().diagnose().remarks();
      assertThat(remarks)
          .anyMatch(
              line ->
                  line.matches(
                      "alias app at .*: transaction pooling, 2 clients, .*"
                          + "leads here: its connection is pid \\d+ of this server"))
          .anyMatch(line -> line.matches("alias sleeping at .*: session pooling, .*, paused; .*"));
    }
    pooler.tell("RESUME sleeping");
    assertThat(PoolersJob.on(SERVER, database, pooler.access("nobody", true)).diagnose().remarks())
        .anyMatch(line -> line.contains("cannot be opened as user nobody"));
  }

  @Test
  void noSecretIsSeenInTheProcessThatHoldsThePauses() throws SQLException, IOException {
    pooler.alias("app", database, "");
    try (PoolersProcess build = PoolersProcess.start(SERVER, database, pooler, 30)) {
      closed();
      ProcessHandle holder = build.holder();
      assertThat(holder.info().commandLine().orElseThrow()).doesNotContain("secret");
      assertThat(Files.readString(Path.of("/proc/" + holder.pid() + "/environ")))
          .doesNotContain("secret");
      build.kill();
      Eventually.within(5, () -> !pooler.isPaused("app"));
    }
    job().restore(false);
  }

  @Test
  void aGoalThatFailsResumes() throws SQLException {
    pooler.alias("app", database, "");
    try (PooledClients clients = PooledClients.of(pooler, "app", 3)) {
      assertThatThrownBy(() -> job().step("false").terminate())
          .hasMessageContaining("afterTerminate[1]");
      assertThat(pooler.isPaused("app")).isFalse();
      assertThat(clients.errors()).isEmpty();
    }
  }

  @Test
  void workThatTakesTooLongIsWarnedOfAndFailsOnceThePoolersAreResumed() throws SQLException {
    try (TestPooler hasty = TestPooler.before(SERVER, Map.of("query_wait_timeout", "4"))) {
      hasty.alias("app", database, "");
      try (PooledClients clients = PooledClients.of(hasty, "app", 2)) {
        PoolersJob job = PoolersJob.on(SERVER, database, hasty.access()).step("sleep", "4");
        assertThatThrownBy(job::terminate)
            .isInstanceOf(PgkillFailure.class)
            .hasMessageContaining("were resumed while database " + database + " is still closed")
            .hasMessageContaining("2s");
        assertThat(job.said()).contains("WARN the poolers are resumed after 2s");
        assertThat(hasty.isPaused("app")).isFalse();
        assertThat(clients.queries()).isPositive();
      }
    }
  }

  @Test
  void somebodyWhoResumesMeanwhileIsTold() throws Exception {
    pooler.alias("app", database, "");
    CompletableFuture<Void> somebody =
        CompletableFuture.runAsync(
            () ->
                Eventually.within(
                    20,
                    () -> {
                      boolean closed = comment().contains("\"state\":\"closed\"");
                      if (closed) {
                        pooler.tell("RESUME app");
                      }
                      return closed;
                    }));
    assertThatThrownBy(() -> job().step("sleep", "2").terminate())
        .hasMessageContaining("somebody resumed app");
    somebody.get(20, TimeUnit.SECONDS);
  }

  @Test
  void aBuildThatIsKilledLeavesNothingPaused() throws SQLException {
    pooler.alias("app", database, "");
    try (PooledClients clients = PooledClients.of(pooler, "app", 3);
        PoolersProcess build = PoolersProcess.start(SERVER, database, pooler, 30)) {
      closed();
      build.kill();
      Eventually.within(5, () -> !pooler.isPaused("app"));
      assertThat(comment()).contains("pgkill-lockout:");
      job().restore(false);
      assertThat(AccessState.of(SERVER, database)).isEqualTo(before);
      assertThat(clients.queries()).isPositive();
    }
  }

  @Test
  void whatEvenTheHolderCouldNotResumeIsResumedByTheNextGoal() throws SQLException {
    pooler.alias("app", database, "");
    leftPaused();
    PoolersJob without = PoolersJob.on(SERVER, database, PoolerAccess.NONE);
    assertThatThrownBy(() -> without.restore(false))
        .hasMessageContaining("app at " + pooler.address())
        .satisfies(e -> assertRemedy(e, "RESUME app; at " + pooler.address()));
    assertThat(pooler.isPaused("app")).isTrue();
    assertThat(comment()).contains("\"state\":\"resuming\"");
    PoolersJob with = job().step("true");
    assertThat(with.terminate().verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(with.said()).contains("was still paused, and is resumed");
    assertThat(pooler.isPaused("app")).isFalse();

    leftPaused();
    job().restore(false);
    assertThat(pooler.isPaused("app")).isFalse();

    leftPaused();
    without.restore(true);
    assertThat(without.said()).contains("forgotten, because force is set");
    assertThat(pooler.isPaused("app")).isTrue();
    pooler.tell("RESUME app");
  }

  /** Both the build and its holder are killed while the database is closed. */
  private void leftPaused() throws SQLException {
    try (PoolersProcess build = PoolersProcess.start(SERVER, database, pooler, 30)) {
      closed();
      build.holder().destroyForcibly();
      build.kill();
      assertThat(pooler.isPaused("app")).isTrue();
    }
  }

  private void closed() {
    Eventually.within(30, () -> comment().contains("\"state\":\"closed\""));
  }

  private String comment() throws SQLException {
    return PoolersJob.comment(SERVER, database);
  }

  private PoolersJob job() {
    return PoolersJob.on(SERVER, database, pooler.access());
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refused(PoolerAccess access)
      throws SQLException {
    var refusal =
        assertThatThrownBy(() -> PoolersJob.on(SERVER, database, access).step("true").terminate());
    assertThat(AccessState.of(SERVER, database)).isEqualTo(before);
    return refusal;
  }

  private static void assertRemedy(Throwable e, String part) {
    assertThat(((PgkillFailure) e).remedy().orElse("")).contains(part);
  }
}
