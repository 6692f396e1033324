package io.github.pgkill.job.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.job.lockout.Closing;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.ProcessSignal;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.KillJob;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.StubbornClients.Client;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Sessions ended by way of their processes, while the server still answers. */
@EnabledOnOs(OS.LINUX)
@Tag("slow")
class KillProcessesTest {

  private static final String DATABASE = "shop";

  /** A KILL ends every session of a server, so that the shared one is none for us. */
  private static TestServer server;

  private static TestServer neighbour;

  private StubbornClients clients;
  private StubbornClients strangers;

  @BeforeAll
  static void start() throws SQLException {
    server = TestServer.start(Map.of("cluster_name", "main: app"));
    neighbour = TestServer.start(Map.of());
    server.execute("create database " + DATABASE);
    neighbour.execute("create database " + DATABASE);
  }

  @AfterAll
  static void stop() {
    server.close();
    neighbour.close();
  }

  @BeforeEach
  void open() {
    clients = StubbornClients.of(server, DATABASE);
    strangers = StubbornClients.of(neighbour, DATABASE);
  }

  @AfterEach
  void close() throws SQLException {
    clients.close();
    strangers.close();
  }

  private static KillJob job() {
    return KillJob.on(server, DATABASE);
  }

  private static Outcome.Gone gone(Termination termination, Client client) {
    SessionResult result = TestJob.resultOf(termination, client.id());
    assertThat(result.outcome()).isInstanceOf(Outcome.Gone.class);
    return (Outcome.Gone) result.outcome();
  }

  @Test
  void termEndsTheSelectedSessionsAndNobodyElse() throws SQLException {
    List<Client> victims = List.of(clients.idle(), clients.idleInTransaction(), clients.active());
    Client elsewhere = clients.to("postgres").active();
    Client nextDoor = strangers.idle();

    KillJob job = job();
    Termination termination = job.run();

    for (Client victim : victims) {
      assertThat(gone(termination, victim).by()).isEqualTo(ProcessSignal.TERM);
      assertThat(victim.alive()).isFalse();
    }
    assertThat(termination.results()).hasSize(victims.size());
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(elsewhere.alive()).isTrue();
    assertThat(nextDoor.alive()).isTrue();
    assertThat(job.alsoHit()).isEmpty();
  }

  @Test
  void noMatchIsNoVictim() throws SQLException {
    Client idle = clients.idle();

    Termination termination = job().filter(f -> f.sessionUsers(List.of("nobody"))).run();

    assertThat(termination.results()).isEmpty();
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(idle.alive()).isTrue();
  }

  @Test
  void excludedSessionIsSpared() throws SQLException {
    Client spared = clients.as("postgres", "pg_dump").idle();
    Client victim = clients.idle();

    Termination termination = job().run();

    assertThat(TestJob.outcomeOf(termination, spared)).isEqualTo("excluded");
    assertThat(spared.alive()).isTrue();
    assertThat(victim.alive()).isFalse();
  }

  @Test
  void dryRunShowsTheCommandsAndTouchesNobody() throws SQLException {
    Client victim = clients.idle();
    Client other = clients.to("postgres").idle();

    assertThatThrownBy(() -> job().kill().dryRun().run())
        .as("what the real run would refuse")
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("pid " + other.pid() + " of postgres");
    KillJob job = job().kill().affectingOthers().dryRun();
    Termination termination = job.run();

    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.DRY_RUN);
    assertThat(termination.statements())
        .containsExactly("kill -TERM " + victim.pid(), "kill -KILL " + victim.pid());
    assertThat(String.join("\n", job.lines())).contains("pid " + other.pid() + " of postgres");
    assertThat(victim.alive()).isTrue();
    assertThat(other.alive()).isTrue();
  }

  @Test
  void stoppedProcessSurvivesTermAndEndsByKill() throws SQLException {
    server.execute(DATABASE, "create unlogged table if not exists basket as select 1 as item");
    server.execute("postgres", "create unlogged table if not exists elsewhere()");
    Client stopped = clients.idle();
    Client other = clients.idle();
    Client elsewhere = clients.to("postgres").as("postgres", "reporting").active();
    Client nextDoor = strangers.idle();
    stopped.freeze();

    Termination term =
        job().filter(f -> f.pids(List.of(stopped.pid()))).timeout(Duration.ofMillis(500)).run();
    assertThat(TestJob.outcomeOf(term, stopped)).isEqualTo("survived");
    assertThat(term.verdict().status()).isEqualTo(Verdict.Status.FAILURE);
    assertThat(term.remedy()).contains("-Dpgkill.signal=KILL");
    assertThat(other.alive()).isTrue();

    KillJob kill = job().filter(f -> f.pids(List.of(stopped.pid()))).kill();
    assertThatThrownBy(kill::run)
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("2 sessions that were not selected would end")
        .hasMessageContaining(
            "pid " + elsewhere.pid() + " of postgres/reporting in database postgres")
        .hasMessageContaining("public.basket of database shop")
        .hasMessageContaining("public.elsewhere of database postgres")
        .satisfies(
            e ->
                assertThat(((PgkillException) e).remedy())
                    .get()
                    .asString()
                    .contains("-Dpgkill.affectOtherSessions=true"));
    assertThat(stopped.alive()).isTrue();
    assertThat(other.alive()).isTrue();

    String before = checkpointerStart();
    Termination termination = kill.affectingOthers().run();

    assertThat(gone(termination, stopped).by()).isEqualTo(ProcessSignal.KILL);
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(termination.verdict().summary()).contains("1 ended by KILL", "has recovered");
    assertThat(kill.alsoHit()).containsExactlyInAnyOrder(other.pid(), elsewhere.pid());
    assertThat(checkpointerStart()).isNotEqualTo(before);
    assertThat(other.alive()).isFalse();
    assertThat(nextDoor.alive()).isTrue();
  }

  @Test
  void killIsNotSentToThoseWhoObeyTerm() throws SQLException {
    Client victim = clients.idle();
    Client elsewhere = clients.to("postgres").idle();

    KillJob job = job().kill().affectingOthers();
    Termination termination = job.run();

    assertThat(gone(termination, victim).by()).isEqualTo(ProcessSignal.TERM);
    assertThat(elsewhere.alive()).isTrue();
    assertThat(job.alsoHit()).isEmpty();
  }

  @Test
  void aServerThatWouldNotComeBackIsNotCrashed() throws SQLException {
    Client stopped = clients.idle();
    server.execute("alter system set restart_after_crash = off");
    server.query("select pg_reload_conf()");
    try {
      Eventually.within(20, () -> server.query("show restart_after_crash").equals(List.of("off")));
      assertThatThrownBy(() -> job().kill().affectingOthers().run())
          .isInstanceOf(GuardRefusal.class)
          .hasMessageContaining("restart_after_crash is off");
      assertThat(stopped.alive()).isTrue();
    } finally {
      server.execute("alter system reset restart_after_crash");
      server.query("select pg_reload_conf()");
      Eventually.within(20, () -> server.query("show restart_after_crash").equals(List.of("on")));
    }
  }

  @Test
  void theDataDirectoryOfAnotherServerIsRefused() throws SQLException {
    Client victim = clients.idle();
    Client nextDoor = strangers.idle();

    assertThatThrownBy(() -> job().dataDirectory(neighbour.dataDirectory()).run())
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("dataDirectory is " + neighbour.dataDirectory())
        .hasMessageContaining("but the server's data is in " + server.dataDirectory());
    // who may not ask where it is may name another one, which the host knows better
    String role = server.createRole("login");
    assertThatThrownBy(
            () -> job().connection(c -> c.as(role)).dataDirectory(neighbour.dataDirectory()).run())
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("but the server's data is in " + server.dataDirectory());

    assertThat(victim.alive()).isTrue();
    assertThat(nextDoor.alive()).isTrue();
  }

  @Test
  void processesThatAreNobodysSessionAreRefused() throws SQLException {
    Client victim = clients.idle();
    Client nextDoor = strangers.idle();
    int checkpointer =
        Integer.parseInt(
            server
                .query("select pid from pg_stat_activity where backend_type = 'checkpointer'")
                .get(0));
    Map<Integer, String> strange =
        Map.of(
            (int) server.postmasterPid(),
            "it is the server itself",
            checkpointer,
            "serves no client",
            (int) ProcessHandle.current().pid(),
            "its parent is not the server",
            nextDoor.pid(),
            "its parent is not the server");
    strange.forEach(
        (pid, reason) ->
            assertThatThrownBy(() -> job().filter(f -> f.pids(List.of(victim.pid(), pid))).run())
                .isInstanceOf(GuardRefusal.class)
                .hasMessageContaining("parameter pids: " + pid)
                .hasMessageContaining(reason));
    assertThat(victim.alive()).isTrue();
    assertThat(nextDoor.alive()).isTrue();
  }

  @Test
  void aRoleThatMayNotAskForTheDirectoryIsToldWhatMendsIt() throws SQLException {
    String role = server.createRole("login");
    Client victim = clients.as(role, "app").idle();

    assertThatThrownBy(() -> job().connection(c -> c.as(role)).run())
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("data directory")
        .satisfies(
            e ->
                assertThat(((PgkillException) e).remedy())
                    .get()
                    .asString()
                    .contains("-Dpgkill.dataDirectory", "pg_read_all_settings"));
    assertThat(victim.alive()).isTrue();

    Termination termination =
        job().connection(c -> c.as(role)).dataDirectory(server.dataDirectory()).run();
    assertThat(gone(termination, victim).by()).isEqualTo(ProcessSignal.TERM);
  }

  @Test
  void namesWithBlanksAreNoHindranceWhereTheServerSaysWhoIsWho() throws SQLException {
    server.execute("create role \"walsender a [local] b\" login superuser");
    server.execute("create database \"c 127.0.0.1(1) d\"");
    Client victim = clients.to("c 127.0.0.1(1) d").as("walsender a [local] b", "hostile").idle();

    Termination termination = KillJob.on(server, "c 127.0.0.1(1) d").run();

    assertThat(gone(termination, victim).by()).isEqualTo(ProcessSignal.TERM);
  }

  @Test
  void maxSessionsIsAskedFirst() throws SQLException {
    List<Client> two = clients.idle(2);
    assertThatThrownBy(() -> job().maxSessions(1).run())
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("maxSessions");
    assertThat(two.get(0).alive()).isTrue();
  }

  @Test
  void protectedDatabaseIsRefused() {
    assertThatThrownBy(() -> KillJob.on(server, "postgres").run())
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("is protected");
  }

  @Test
  void walsenderIsNotSignalled() throws SQLException {
    server.execute("create role streamer login replication");
    try (Connection connection = replication()) {
      assertThat(connection.isClosed()).isFalse();
      Termination termination = job().filter(f -> f.backendTypes(List.of("walsender"))).run();
      assertThat(termination.results()).hasSize(1);
      assertThat(termination.results().get(0).outcome())
          .isInstanceOfSatisfying(
              Outcome.Refused.class,
              refused -> assertThat(refused.reason()).contains("not a client backend"));
    }
  }

  private static Connection replication() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", "streamer");
    properties.setProperty("replication", "database");
    properties.setProperty("assumeMinServerVersion", "9.4");
    properties.setProperty("preferQueryMode", "simple");
    return server.connect(DATABASE, properties);
  }

  @Test
  void escalationEndsWhoSurvivedTheServersSignal() throws SQLException {
    Client stopped = clients.idle();
    Client other = clients.idle();
    stopped.freeze();

    Termination asTerm = job().timeout(Duration.ofMillis(300)).runAfterTerminating();
    assertThat(TestJob.outcomeOf(asTerm, stopped)).isEqualTo("survived");
    assertThat(TestJob.outcomeOf(asTerm, other)).isEqualTo("gone");

    Client elsewhere = clients.to("postgres").idle();
    KillJob without = job().kill();
    Termination withheld = without.runAfterTerminating();
    assertThat(TestJob.outcomeOf(withheld, stopped)).isEqualTo("survived");
    assertThat(withheld.verdict().remarks())
        .anyMatch(remark -> remark.contains("pid " + elsewhere.pid()));
    assertThat(withheld.remedy()).contains("-Dpgkill.affectOtherSessions=true");
    assertThat(elsewhere.alive()).isTrue();

    KillJob with = job().kill().affectingOthers();
    Termination termination = with.runAfterTerminating();
    assertThat(gone(termination, stopped).by()).isEqualTo(ProcessSignal.KILL);
    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(with.alsoHit()).containsExactly(elsewhere.pid());
  }

  @Test
  void escalationThatIsNotPossibleHereIsRefusedBeforeAnybodyIsTouched() throws SQLException {
    Client victim = clients.idle();
    assertThatThrownBy(() -> job().dataDirectory(neighbour.dataDirectory()).runAfterTerminating())
        .isInstanceOf(GuardRefusal.class);
    assertThat(victim.alive()).isTrue();
  }

  @Test
  void aDatabaseThatWasClosedIsOpenAgainAfterACrash() throws SQLException {
    Client stopped = clients.idle();
    stopped.freeze();
    Closing closing =
        new Closing(
            CloseWith.ALLOW_CONNECTIONS,
            null,
            List.of(),
            Reopen.IMMEDIATELY,
            Duration.ofSeconds(20),
            false);

    KillJob job = job().kill().affectingOthers();
    Termination termination = job.runAfterTerminating(closing);

    assertThat(termination.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(gone(termination, stopped).by()).isEqualTo(ProcessSignal.KILL);
    server.execute(DATABASE, "select 1");
    assertThat(
            server.query(
                "select shobj_description(oid, 'pg_database') from pg_database where datname = ?",
                DATABASE))
        .containsOnlyNulls();
  }

  private static String checkpointerStart() throws SQLException {
    return server
        .query(
            "select backend_start::text from pg_stat_activity where backend_type = 'checkpointer'")
        .get(0);
  }
}
