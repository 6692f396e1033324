package io.github.pgkill.job.restart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.host.command.Programs;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.host.RestartWith;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.Needs;
import io.github.pgkill.testing.StandInPrograms;
import io.github.pgkill.testing.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The exact arguments of each method, and what it refuses, with stand-ins for the programs: they
 * restart a real server, so that the proofs before and after are real.
 */
@DisabledOnOs(OS.WINDOWS)
@Needs({Machine.SERVER_OF_ITS_OWNER, Machine.DEFAULT_MAJOR})
@Tag("slow")
class RestartMethodsTest {

  private static TestServer server;
  private static String database;

  @TempDir Path directory;
  private StandInPrograms standIns;

  @BeforeAll
  static void start() throws SQLException {
    server = TestServer.startAsOwner(Map.of());
    database = server.createDatabase();
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @BeforeEach
  void prepare() {
    standIns = new StandInPrograms(directory);
  }

  @ParameterizedTest
  @ValueSource(strings = {"db", "my db", "--help", "'\"$(touch x)`", "one\ntwo", "*"})
  void dockerGetsTheContainerAsOneArgument(String container) throws SQLException {
    standIns.program("docker", server.restartCommand());
    restart(job(RestartWith.DOCKER).serviceName(container));
    assertThat(standIns.callsOf("docker"))
        .containsExactly(List.of("restart", "-t", "40", "--", container));
  }

  @Test
  void podmanStandsInWhereThereIsNoDocker() throws SQLException {
    standIns.program("podman", server.restartCommand());
    restart(job(RestartWith.DOCKER).serviceName("db"));
    assertThat(standIns.callsOf("podman"))
        .containsExactly(List.of("restart", "-t", "40", "--", "db"));
  }

  @Test
  void dockerNeedsAContainer() {
    assertThatThrownBy(job(RestartWith.DOCKER)::run)
        .isInstanceOf(InvalidParameter.class)
        .hasMessageContaining("restartWith=docker needs a container");
  }

  @Test
  void theWrongContainerIsSeenAfterwards() {
    standIns.program("docker", "exit 0");
    assertThatThrownBy(
            job(RestartWith.DOCKER).serviceName("other").readyTimeout(Duration.ofMillis(300))::run)
        .isInstanceOf(PgkillError.class)
        .hasMessageContaining("the command succeeded, but nothing restarted");
  }

  @Test
  void aMissingProgramIsAnError() {
    assertThatThrownBy(job(RestartWith.DOCKER).serviceName("db")::run)
        .isInstanceOf(PgkillError.class)
        .hasMessageContaining("docker is not installed on this machine")
        .satisfies(e -> assertThat(remedy(e)).contains("-Dpgkill.restartWith="));
  }

  @Test
  void brewRestartsTheFormulaWhoseProcessTheServerIs() throws SQLException {
    brew(
        """
        [ { "name": "postgresql@15", "running": true, "pid": %d, "exit_code": 0 } ]
        """
            .formatted(server.postmasterPid()));
    restart(job(RestartWith.BREW).serviceName("postgresql@15"));
    assertThat(standIns.callsOf("brew"))
        .containsExactly(
            List.of("services", "info", "postgresql@15", "--json"),
            List.of("services", "restart", "postgresql@15"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[{\"pid\": 1}]", "[{\"pid\": null}]", "[]"})
  void brewsOtherServersAreRefused(String told) throws SQLException {
    brew(told);
    refused(job(RestartWith.BREW), "Homebrew");
    assertThat(standIns.callsOf("brew"))
        .containsExactly(List.of("services", "info", "postgresql", "--json"));
  }

  @Test
  void systemctlRestartsTheUnitWhoseMainProcessTheServerIs() throws SQLException {
    systemctl("MainPID=%d\nLoadState=loaded\nActiveState=active".formatted(server.postmasterPid()));
    restart(job(RestartWith.SYSTEMCTL).serviceName("-db\\x20@1.service"));
    assertThat(standIns.callsOf("systemctl"))
        .containsExactly(
            List.of(
                "show",
                "--property=MainPID,LoadState,ActiveState,ConsistsOf",
                "--",
                "-db\\x20@1.service"),
            List.of("--no-ask-password", "restart", "--", "-db\\x20@1.service"));
  }

  @Test
  void sudoNeverAsks() throws SQLException {
    systemctl("MainPID=%d\nLoadState=loaded".formatted(server.postmasterPid()));
    standIns.program("sudo", "shift 2; exec \"$@\"");
    restart(job(RestartWith.SYSTEMCTL).sudo());
    assertThat(standIns.callsOf("sudo"))
        .containsExactly(
            List.of(
                "-n",
                "--",
                directory.resolve("systemctl").toString(),
                "--no-ask-password",
                "restart",
                "--",
                "postgresql"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "MainPID=1                           | is not the one that runs the server: its process is"
            + " 1",
        "MainPID=0                           | is not the one that runs the server: it has no"
            + " process",
        "LoadState=not-found                 | systemd has no unit postgresql",
      })
  void systemdsOtherUnitsAreRefused(String told, String why) throws SQLException {
    systemctl(told);
    refused(job(RestartWith.SYSTEMCTL), why);
    assertThat(standIns.callsOf("systemctl")).noneMatch(call -> call.contains("restart"));
  }

  @Test
  void aUnitOfSeveralServersIsRefused() throws SQLException {
    standIns.program(
        "systemctl",
        """
        case "$4" in
          postgresql) echo MainPID=0; echo ConsistsOf=pg@b.service pg@a.service;;
          pg@a.service) echo MainPID=%d;;
          pg@b.service) echo MainPID=1; echo ActiveState=active;;
        esac
        """
            .formatted(server.postmasterPid()));
    assertThatThrownBy(job(RestartWith.SYSTEMCTL)::run)
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("would restart other services, too: pg@b.service")
        .satisfies(e -> assertThat(remedy(e)).contains("-Dpgkill.serviceName=pg@a.service"));
  }

  @Test
  void aSilentSystemdIsAnError() {
    standIns.program("systemctl", "echo 'System has not been booted with systemd' >&2; exit 1");
    assertThatThrownBy(job(RestartWith.SYSTEMCTL)::run)
        .isInstanceOf(PgkillError.class)
        .hasMessageContaining("System has not been booted with systemd");
  }

  @Test
  void serviceGetsItsNameFirst() throws SQLException {
    standIns.program("service", server.restartCommand());
    restart(job(RestartWith.SERVICE).serviceName("postgresql-15"));
    assertThat(standIns.callsOf("service")).containsExactly(List.of("postgresql-15", "restart"));
  }

  @Test
  void debiansServiceIsRefusedWhereItRunsOtherClusters() throws SQLException {
    standIns.program("service", server.restartCommand());
    clusters(
        "15 main 5432 online postgres %s /var/log/a.log".formatted(server.dataDirectory()),
        "13 old 5433 online postgres /var/lib/postgresql/13/old /var/log/b.log",
        "14 off 5434 down postgres /var/lib/postgresql/14/off /var/log/c.log");
    refused(job(RestartWith.SERVICE), "would restart other clusters, too: 13/old");
    assertThat(standIns.callsOf("service")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"15/main", "15-main", ""})
  void pgCtlclusterRestartsTheClusterWithTheServersData(String name) throws SQLException {
    clusters(
        "13 old 5433 online postgres /var/lib/postgresql/13/old /var/log/b.log",
        "15 main 5432 online postgres %s /var/log/a.log".formatted(server.dataDirectory()));
    standIns.program("pg_ctlcluster", server.restartCommand());
    restart(job(RestartWith.PG_CTLCLUSTER).serviceName(name.isEmpty() ? null : name));
    assertThat(standIns.callsOf("pg_ctlcluster"))
        .containsExactly(List.of("-m", "fast", "15", "main", "restart"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DOCKER        | docker        | db      | start -- db",
        "BREW          | brew          | pg      | services start pg",
        "SYSTEMCTL     | systemctl     | db      | --no-ask-password start -- db",
        "SERVICE       | service       | db      | db start",
        "PG_CTLCLUSTER | pg_ctlcluster | 15/main | 15 main start",
      })
  void aRestartThatBreaksOffIsFinishedByTheSameMethod(
      RestartWith with, String program, String name, String start) throws SQLException {
    clusters("15 main 5432 online postgres %s /var/log/a.log".formatted(server.dataDirectory()));
    breakingOff(program);
    long before = postmaster();
    assertThatThrownBy(job(with).serviceName(name)::run)
        .isInstanceOf(PgkillError.class)
        .hasMessageContainingAll("ended with exit code 137", "the server did restart all the same");
    assertThat(postmaster()).isNotEqualTo(before);
    List<List<String>> calls = standIns.callsOf(program);
    assertThat(calls.get(calls.size() - 1)).isEqualTo(List.of(start.split(" ")));
  }

  @Test
  void whatIsTriedInVainThreeTimesIsSaid() {
    standIns.program(
        "docker",
        "if [ \"$1\" = restart ]; then "
            + stopping()
            + "; kill -KILL $$; else echo no such container >&2; exit 1; fi");
    try {
      assertThatThrownBy(
              job(RestartWith.DOCKER).serviceName("db").readyTimeout(Duration.ofSeconds(3))::run)
          .isInstanceOf(PgkillError.class)
          .hasMessageContaining("the server is down")
          .satisfies(
              e ->
                  assertThat(remedy(e))
                      .endsWith("Start it: " + directory.resolve("docker") + " start -- db"));
      assertThat(standIns.callsOf("docker")).hasSize(4);
    } finally {
      server.resume();
    }
  }

  @ParameterizedTest
  @CsvSource({"13/old,has its data in /elsewhere", "15/main,shows no cluster 15/main"})
  void debiansOtherClustersAreRefused(String name, String why) throws SQLException {
    clusters("13 old 5433 online postgres /elsewhere /var/log/b.log");
    refused(job(RestartWith.PG_CTLCLUSTER).serviceName(name), why);
  }

  @ParameterizedTest
  @EnumSource(names = {"SYSTEMCTL", "SERVICE", "BREW", "PG_CTLCLUSTER"})
  void namesThatMayBeReadInAnotherWayAreRefused(RestartWith with) throws SQLException {
    standIns.program("systemctl", "exit 9").program("service", "exit 9").program("brew", "exit 9");
    clusters();
    for (String name : List.of("a b", "*", "a\nb", "'a'", "\"", "$(x)", "a;b", "", "../x y")) {
      assertThatThrownBy(job(with).serviceName(name)::run)
          .as(name)
          .isInstanceOf(InvalidParameter.class)
          .hasMessageContaining("serviceName");
    }
    assertThat(standIns.callsOf("systemctl")).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"SERVICE", "BREW"})
  void namesThatLookLikeOptionsAreRefusedWhereNothingSetsThemApart(RestartWith with) {
    assertThatThrownBy(job(with).serviceName("--status-all")::run)
        .isInstanceOf(InvalidParameter.class);
  }

  @ParameterizedTest
  @CsvSource({
    "patroni.dynamic.json,Patroni",
    "postgresql.base.conf,Patroni",
    "pg_stat/repmgrd_state.txt,repmgr"
  })
  void aManagedServerIsRestartedByTheUsersOwnCommandOnly(String sign, String manager)
      throws Exception {
    Path file = server.dataDirectory().resolve(sign);
    Files.writeString(file, "{}");
    try {
      for (RestartWith with :
          List.of(RestartWith.AUTO, RestartWith.PG_CTL, RestartWith.SYSTEMCTL)) {
        refused(job(with), "managed by " + manager + " (" + file + ")");
      }
      restart(job(RestartWith.COMMAND).command(server.restartCommand()));
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void patroniIsAlsoToldByItsSessions() throws Exception {
    try (var session = server.connect("postgres", TestServer.SUPERUSER, "Patroni heartbeat")) {
      refused(
          job(RestartWith.DOCKER).serviceName("db").affectOtherSessions(), "Patroni (its session");
      assertThat(session.isValid(5)).isTrue();
    }
  }

  @Test
  void cloudNativePgIsToldByItsSettings() throws Exception {
    // as its postgresql.conf would
    String role = server.createRole("login superuser");
    server.execute("alter role " + role + " set cnpg.config_sha256 = 'x'");
    refused(
        job(RestartWith.DOCKER).serviceName("db").connection(c -> c.as(role)),
        "CloudNativePG (its settings)");
  }

  private RestartJob job(RestartWith with) {
    return RestartJob.on(server, database).with(with).programs(new Programs(List.of(directory)));
  }

  private void brew(String told) {
    standIns.program(
        "brew",
        "if [ \"$2\" = info ]; then echo "
            + StandInPrograms.quoted(List.of(told))
            + "; else exec "
            + StandInPrograms.quoted(server.restartCommand())
            + "; fi");
  }

  private void systemctl(String shown) {
    standIns.program(
        "systemctl",
        "if [ \"$1\" = show ]; then echo "
            + StandInPrograms.quoted(List.of(shown))
            + "; else exec "
            + StandInPrograms.quoted(server.restartCommand())
            + "; fi");
  }

  /** A program that stops the server when it is to restart it, and dies. */
  private void breakingOff(String program) {
    standIns.program(
        program,
        """
        case "$*" in
          *restart*) %s; kill -KILL $$;;
          *start*) exec %s;;
          *info*) echo '[{"pid": %d}]';;
          *) echo MainPID=%d;;
        esac
        """
            .formatted(
                stopping(),
                StandInPrograms.quoted(
                    server.command(
                        "pg_ctl",
                        "start",
                        "-w",
                        "-D" + server.dataDirectory(),
                        "-l" + server.dataDirectory().resolve("log.txt"))),
                postmaster(),
                postmaster()));
  }

  private static String stopping() {
    return StandInPrograms.quoted(
        server.command("pg_ctl", "stop", "-w", "-mfast", "-D" + server.dataDirectory()));
  }

  private void clusters(String... lines) {
    standIns.program("pg_lsclusters", "cat <<'EOF'\n" + String.join("\n", lines) + "\nEOF");
  }

  private static void restart(RestartJob job) throws SQLException {
    long before = postmaster();
    assertThat(job.run().verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(postmaster()).isNotEqualTo(before);
  }

  private static void refused(RestartJob job, String why) throws SQLException {
    long before = postmaster();
    assertThatThrownBy(job::run).isInstanceOf(PgkillFailure.class).hasMessageContaining(why);
    assertThat(postmaster()).isEqualTo(before);
  }

  private static String remedy(Throwable e) {
    return ((PgkillException) e).remedy().orElse("");
  }

  /** The server of now; asked without a connection, which would be somebody's session. */
  private static long postmaster() {
    return server.postmasterPid();
  }
}
