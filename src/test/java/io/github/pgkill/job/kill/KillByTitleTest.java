package io.github.pgkill.job.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.Unreachable;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.ProcessSignal;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.model.value.NamePattern;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.KillJob;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.postgresql.PGConnection;

/** A server that lets nobody in any more: every slot is taken, the reserved ones included. */
@EnabledOnOs(OS.LINUX)
@Tag("slow")
class KillByTitleTest {

  private static final int SLOTS = 6;
  private static final String DATABASE = "shop";
  private static final String OTHER = "other";

  private static TestServer server;

  private final Map<Connection, Integer> sessions = new HashMap<>();

  @BeforeAll
  static void start() throws SQLException {
    server =
        TestServer.start(
            Map.of(
                "max_connections", Integer.toString(SLOTS),
                "superuser_reserved_connections", "1",
                "max_wal_senders", "0",
                "wal_level", "minimal",
                "autovacuum", "off"));
    server.execute("create database " + DATABASE);
    server.execute("create database " + OTHER);
    server.execute("create role app login superuser");
    server.execute("create role \"a b\" login superuser");
    server.execute("create role a login superuser");
    server.execute("create database \"b " + DATABASE + "\"");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void everySlotIsFree() {
    Eventually.within(20, this::nobodyIsThere);
  }

  private boolean nobodyIsThere() {
    int own;
    boolean nobody;
    try (Connection connection = server.connect(OTHER, TestServer.SUPERUSER);
        Statement statement = connection.createStatement();
        ResultSet others =
            statement.executeQuery(
                "select 1 from pg_stat_activity"
                    + " where backend_type = 'client backend' and pid <> pg_backend_pid()")) {
      own = connection.unwrap(PGConnection.class).getBackendPID();
      nobody = !others.next();
    } catch (SQLException e) {
      return false;
    }
    // a process that is about to end has its slot still
    Eventually.within(20, () -> ProcessHandle.of(own).isEmpty());
    return nobody;
  }

  @AfterEach
  void leave() throws SQLException {
    for (Connection connection : sessions.keySet()) {
      connection.close();
    }
  }

  private int open(String database, String user) throws SQLException {
    Connection connection = TestServer.connectOnceThereIsRoom(() -> server.connect(database, user));
    int pid = connection.unwrap(PGConnection.class).getBackendPID();
    sessions.put(connection, pid);
    return pid;
  }

  private List<Integer> open(int count, String database, String user) throws SQLException {
    List<Integer> pids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      pids.add(open(database, user));
    }
    return pids;
  }

  private boolean answers(int pid) {
    Connection connection =
        sessions.entrySet().stream()
            .filter(entry -> entry.getValue() == pid)
            .findFirst()
            .orElseThrow()
            .getKey();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("select 1")) {
      return row.next();
    } catch (SQLException e) {
      return false;
    }
  }

  private static KillJob job() {
    return KillJob.on(server, DATABASE).dataDirectory(server.dataDirectory());
  }

  @Test
  void withoutADirectoryNobodyIsTouchedAndTheRemedyNamesIt() throws SQLException {
    List<Integer> all = open(SLOTS, DATABASE, "app");

    assertThatThrownBy(() -> KillJob.on(server, DATABASE).run())
        .isInstanceOf(Unreachable.class)
        .hasMessageContaining("too many clients")
        .satisfies(
            e ->
                assertThat(((PgkillException) e).remedy().orElse(""))
                    .contains("-Dpgkill.dataDirectory"));

    assertThat(all).allMatch(this::answers);
  }

  @Test
  void sessionsOfTheDatabaseAreEndedByTheirTitlesAndOthersAreNot() throws SQLException {
    List<Integer> victims = open(2, DATABASE, "app");
    List<Integer> others = open(2, OTHER, "app");
    int excluded = open(DATABASE, "postgres");
    int backend = open(OTHER, "postgres");

    KillJob job = job().filter(f -> f.excludeSessionUsers(List.of("postgres")));
    Termination termination = job.run();

    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(outcomes(termination))
        .isEqualTo(Map.of(victims.get(0), "gone", victims.get(1), "gone", excluded, "excluded"));
    assertThat(victims).noneMatch(this::answers);
    assertThat(others).allMatch(this::answers);
    assertThat(answers(excluded)).isTrue();
    assertThat(answers(backend)).isTrue();
    assertThat(job.lines())
        .anyMatch(line -> line.contains("too many clients") && line.contains("titles"));
  }

  @Test
  void rolesAndPidsNarrowTheChoice() throws SQLException {
    List<Integer> ofApp = open(3, DATABASE, "app");
    List<Integer> ofPostgres = open(3, DATABASE, "postgres");

    Termination byRole =
        job()
            .filter(
                f -> f.sessionUsers(List.of("app")).pids(List.of(ofApp.get(0), ofPostgres.get(0))))
            .run();

    assertThat(outcomes(byRole)).isEqualTo(Map.of(ofApp.get(0), "gone"));
    assertThat(ofApp.subList(1, 3)).allMatch(this::answers);
    assertThat(ofPostgres).allMatch(this::answers);
  }

  @Test
  void aTitleThatCanBeReadInTwoWaysIsRefused() throws SQLException {
    // both show as: a b shop
    int spacedRole = open(DATABASE, "a b");
    int spacedDatabase = open("b " + DATABASE, "a");
    List<Integer> rest = open(SLOTS - 2, OTHER, "postgres");

    Termination termination = job().run();

    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.FAILURE);
    assertThat(outcomes(termination))
        .isEqualTo(Map.of(spacedRole, "refused", spacedDatabase, "refused"));
    Refusal refusal = ((Outcome.Refused) termination.results().get(0).outcome()).refusal();
    assertThat(refusal.cause()).isEqualTo(Refusal.Cause.AMBIGUOUS_TITLE);
    assertThat(refusal.reason()).contains("read in more than one way: postgres: a b shop");
    assertThat(answers(spacedRole)).isTrue();
    assertThat(answers(spacedDatabase)).isTrue();
    assertThat(rest).allMatch(this::answers);
  }

  @Test
  void filtersThatATitleCannotAnswerAreRefusedByName() throws SQLException {
    List<Integer> all = open(SLOTS, DATABASE, "app");

    assertThatThrownBy(
            () ->
                job()
                    .filter(
                        f ->
                            f.states(List.of("idle"))
                                .applicationNames(List.of(new NamePattern("x", false)))
                                .minSessionAge(Duration.ofMinutes(1)))
                    .run())
        .isInstanceOf(InvalidParameter.class)
        .hasMessageContaining("cannot answer states, minSessionAge, applicationNames");

    assertThat(all).allMatch(this::answers);
  }

  @Test
  void processesThatAreNobodysSessionAreRefused() throws SQLException {
    List<Integer> all = open(SLOTS, DATABASE, "app");
    int auxiliary =
        (int)
            ProcessHandle.of(server.postmasterPid())
                .orElseThrow()
                .children()
                .map(ProcessHandle::pid)
                .filter(pid -> !all.contains(pid.intValue()))
                .findFirst()
                .orElseThrow()
                .longValue();

    for (int pid : List.of((int) server.postmasterPid(), auxiliary)) {
      assertThatThrownBy(() -> job().filter(f -> f.pids(List.of(all.get(0), pid))).run())
          .isInstanceOf(GuardRefusal.class)
          .hasMessageContaining("parameter pids: " + pid);
    }
    assertThat(all).allMatch(this::answers);
  }

  @Test
  void theDirectoryOfAnotherServerThanTheUrlsIsRefused() throws SQLException {
    List<Integer> all = open(SLOTS, DATABASE, "app");
    TestServer neighbour = TestServer.shared();
    neighbour.execute("postgres", "select 1");

    assertThatThrownBy(
            () -> KillJob.on(server, DATABASE).dataDirectory(neighbour.dataDirectory()).run())
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("listens on port " + neighbour.port());

    assertThat(all).allMatch(this::answers);
  }

  @Test
  void maxSessionsAndDryRunHoldHere() throws SQLException {
    List<Integer> all = open(SLOTS, DATABASE, "app");

    assertThatThrownBy(() -> job().maxSessions(SLOTS - 1).run())
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("maxSessions");
    Termination rehearsed = job().dryRun().run();

    assertThat(rehearsed.verdict().status()).isEqualTo(Verdict.Status.DRY_RUN);
    assertThat(rehearsed.statements())
        .containsExactlyInAnyOrderElementsOf(all.stream().map(pid -> "kill -TERM " + pid).toList());
    assertThat(all).allMatch(this::answers);
  }

  @Test
  void aStoppedProcessEndsByKillAndTheServerIsBack() throws Exception {
    int stopped = open(DATABASE, "app");
    List<Integer> others = open(SLOTS - 1, OTHER, "app");
    signal("-STOP", stopped);

    assertThatThrownBy(() -> job().kill().run())
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining((SLOTS - 1) + " other sessions would end")
        .hasMessageContaining("nothing was touched");
    assertThat(others).allMatch(this::answers);

    KillJob job = job().kill().affectingOthers();
    Termination termination = job.run();

    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(job.alsoHit()).containsExactlyInAnyOrderElementsOf(others);
    assertThat(termination.results()).hasSize(1);
    assertThat(termination.results().get(0).outcome())
        .isInstanceOfSatisfying(
            Outcome.Gone.class, gone -> assertThat(gone.by()).isEqualTo(ProcessSignal.KILL));
    assertThat(others).noneMatch(this::answers);
    assertThat(server.query("select 1")).containsExactly("1");
  }

  @Test
  void aServerThatHangsIsReachedByItsProcesses() throws Exception {
    int victim = open(DATABASE, "app");
    int other = open(OTHER, "app");
    signal("-STOP", (int) server.postmasterPid());
    try {
      KillJob job =
          job()
              .connection(c -> c.patience(Duration.ofSeconds(1), Duration.ZERO))
              .timeout(Duration.ofSeconds(1));
      Termination termination = job.run();
      assertThat(outcomes(termination)).isEqualTo(Map.of(victim, "gone"));
      assertThat(answers(victim)).isFalse();
      assertThat(answers(other)).isTrue();
    } finally {
      signal("-CONT", (int) server.postmasterPid());
    }
  }

  @Test
  void aWrongPasswordIsNoReasonToGoByTitles() throws SQLException {
    int session = open(DATABASE, "app");
    assertThatThrownBy(() -> job().connection(c -> c.as("nobody_at_all")).run())
        .isInstanceOf(PgkillException.class)
        .isNotInstanceOf(Unreachable.class);
    assertThat(answers(session)).isTrue();
  }

  private static Map<Integer, String> outcomes(Termination termination) {
    Map<Integer, String> outcomes = new HashMap<>();
    for (SessionResult result : termination.results()) {
      outcomes.put(result.session().pid(), result.outcome().word());
    }
    return outcomes;
  }

  private static void signal(String signal, int pid) throws Exception {
    Process kill = new ProcessBuilder("kill", signal, Integer.toString(pid)).inheritIO().start();
    assertThat(kill.waitFor()).isZero();
  }
}
