package io.github.pgkill.job.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerConnector;
import io.github.pgkill.testing.ClientPrograms;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.Needs;
import io.github.pgkill.testing.ProtocolProxy;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.StubbornClients.Client;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each guard rail on a real server: the job refuses, and a session in the target lives on. */
class ServerGuardTest {

  /** Its own, because a provider's role or a standby changes how all its databases are judged. */
  private static TestServer server;

  private String database;
  private StubbornClients clients;
  private Client victim;

  @BeforeAll
  static void start() {
    server = TestServer.start(Map.of());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void open() throws SQLException {
    database = server.createDatabase();
    clients = StubbornClients.of(server, database);
    victim = clients.idle();
  }

  @AfterEach
  void close() throws SQLException {
    clients.close();
  }

  @Test
  void poolerIsRecognisedAndRefused() throws SQLException {
    try (ProtocolProxy pooler = ProtocolProxy.pooling(server)) {
      TestJob job = job().connection(c -> c.at("127.0.0.1", pooler.port()));

      assertRefused(job).hasMessageContaining("a connection pooler is between");
      assertRefused(job.rails(rails(identifier()))).hasMessageContaining("pooler");
    }
    try (ProtocolProxy pooler = ProtocolProxy.particular(server)) {
      TestJob job = job().connection(c -> c.at("127.0.0.1", pooler.port()));

      assertRefused(job).hasMessageContaining("a connection pooler is between");
    }
    try (ProtocolProxy proxy = ProtocolProxy.forwarding(server)) {
      assertPasses(job().connection(c -> c.at("127.0.0.1", proxy.port())));
    }
  }

  @Test
  void standbyIsRefusedAndItsPrimaryMustBeListed() throws SQLException {
    clients.close();
    try (TestServer standby = TestServer.standbyOf(server)) {
      victim = clients.idle();
      Eventually.within(
          20,
          () ->
              server
                  .query("select 1 from pg_stat_replication where state = 'streaming'")
                  .equals(List.of("1")));

      assertThatThrownBy(() -> TestJob.on(standby, database).rails(rails(identifier())).run())
          .isInstanceOf(GuardRefusal.class)
          .hasMessage("the server is a standby, which cannot be changed");
      assertRefused(job())
          .hasMessageContaining("1 standby follow")
          .satisfies(e -> assertRemedy(e, "-Dpgkill.allowedServers=" + identifier()));
      assertRefused(job().rails(rails("1" + identifier())))
          .hasMessageContaining("is this a tunnel?");
      assertPasses(job().rails(rails(identifier())));
    }
    Eventually.within(20, () -> server.query("select 1 from pg_stat_replication").isEmpty());
    victim = clients.idle();
    assertPasses(job());
  }

  @Test
  @Needs(Machine.PG_DUMP)
  void whoeverKeepsWalIsNoStandby(@TempDir Path directory) throws Exception {
    Path tool = ClientPrograms.pgDump().resolveSibling("pg_receivewal");
    Process archive =
        new ProcessBuilder(
                tool.toString(),
                "-h127.0.0.1",
                "-p" + server.port(),
                "-U" + TestServer.SUPERUSER,
                "-D" + directory)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      Eventually.within(20, () -> streaming("pg_receivewal") == 1);
      assertThat(standbys(TestServer.SUPERUSER)).isZero();
      assertThat(standbys(server.createRole("login"))).isZero();
      assertPasses(job());
    } finally {
      archive.destroyForcibly().waitFor();
      Eventually.within(20, () -> streaming("pg_receivewal") == 0);
    }
  }

  @Test
  @Needs(Machine.PG_DUMP)
  void aBaseBackupAndTheWalBesideItAreNoStandby(@TempDir Path directory) throws Exception {
    Path tool = ClientPrograms.pgDump().resolveSibling("pg_basebackup");
    Process backup =
        new ProcessBuilder(
                tool.toString(),
                "-h127.0.0.1",
                "-p" + server.port(),
                "-U" + TestServer.SUPERUSER,
                "-D" + directory.resolve("copy"),
                "--max-rate=32k",
                "--wal-method=stream",
                "--checkpoint=fast")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      Eventually.within(20, () -> streaming("pg_basebackup") == 1);
      assertThat(standbys(TestServer.SUPERUSER)).isZero();
      assertThat(standbys(server.createRole("login"))).isZero();
      assertPasses(job());
    } finally {
      // the part of it that reads WAL is a process of its own
      backup.descendants().forEach(ProcessHandle::destroyForcibly);
      backup.destroyForcibly().waitFor();
      server.query("select pg_terminate_backend(pid) from pg_stat_replication");
      Eventually.within(20, () -> server.query("select 1 from pg_stat_replication").isEmpty());
    }
  }

  /** A standby may call itself as it likes: it says what it has replayed. */
  @Test
  void aStandbyThatBearsATheirNameIsOne() throws Exception {
    clients.close();
    try (TestServer standby = TestServer.standbyOf(server)) {
      standby.execute(
          "alter system set primary_conninfo to 'host=127.0.0.1 user="
              + TestServer.SUPERUSER
              + " port="
              + server.port()
              + " application_name=pg_receivewal'");
      standby.execute("select pg_reload_conf()");
      Eventually.within(
          20,
          () ->
              server
                  .query(
                      "select 1 from pg_stat_replication where application_name = 'pg_receivewal'"
                          + " and replay_lsn is not null")
                  .equals(List.of("1")));
      assertThat(standbys(TestServer.SUPERUSER)).isEqualTo(1);
    } finally {
      Eventually.within(20, () -> server.query("select 1 from pg_stat_replication").isEmpty());
    }
  }

  private static int streaming(String application) throws SQLException {
    return server
        .query(
            "select 1 from pg_stat_replication where state = 'streaming' and application_name = ?",
            application)
        .size();
  }

  private int standbys(String role) {
    try (Server connected =
        ServerConnector.toLook(TestConnection.to(server, database).as(role).settings()).connect()) {
      return connected.info().standbys();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"rds_superuser", "cloudsqlsuperuser", "azure_pg_admin", "alloydbsuperuser"})
  void providersRoleMeansAFarServer(String role) throws SQLException {
    server.execute("create role " + role);
    try {
      assertRefused(job())
          .hasMessageContaining("it has the managed service's role " + role)
          .satisfies(e -> assertRemedy(e, "-Dpgkill.allowedServers=" + identifier()));
      assertPasses(job().rails(rails(identifier())));
    } finally {
      server.execute("drop role " + role);
    }
  }

  @Test
  void farServerHasALimitOfSessionsAndALocalOneHasNone() throws SQLException {
    server.execute("create role rds_superuser");
    try {
      clients.idle(100);
      assertRefused(job().rails(rails(identifier())))
          .hasMessageContaining("101 sessions selected, more than maxSessions allows (100)");
      assertThat(server.query("select 1 from pg_stat_activity where datname = ?", database))
          .hasSize(101);
      assertThat(job().rails(rails(identifier())).maxSessions(101).dryRun().run().victims())
          .hasSize(101);
    } finally {
      server.execute("drop role rds_superuser");
    }
    assertPasses(job());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgres",
        "template0",
        "template1",
        "rdsadmin",
        "cloudsqladmin",
        "azure_maintenance",
        "azure_sys",
        "alloydbadmin",
        "alloydbmetadata"
      })
  void builtInDatabaseIsProtectedBeforeAnybodyIsContacted(String name) throws SQLException {
    try (ProtocolProxy proxy = ProtocolProxy.forwarding(server)) {
      TestJob job = TestJob.on(server, name).connection(c -> c.at("127.0.0.1", proxy.port()));

      assertRefused(job)
          .hasMessage("database " + name + " is protected")
          .satisfies(e -> assertRemedy(e, "-Dpgkill.allowProtected=" + name));
      assertThat(proxy.accepted()).isZero();
    }
  }

  @Test
  void databaseOfOnesOwnIsProtectedUntilNamed() throws SQLException {
    List<String> mine = List.of("other", database);
    assertRefused(job().rails(new GuardRails(List.of(), List.of(), mine, List.of("other"), null)))
        .hasMessage("database " + database + " is protected");
    assertPasses(job().rails(new GuardRails(List.of(), List.of(), mine, mine, null)));
  }

  @Test
  void allowProtectedLetsASessionGoalIntoPostgres() throws SQLException {
    Client inPostgres = clients.to("postgres").idle();

    Termination termination =
        TestJob.on(server, "postgres")
            .rails(new GuardRails(List.of(), List.of(), List.of(), List.of("postgres"), null))
            .run();

    assertThat(TestJob.outcomeOf(termination, inPostgres)).isEqualTo("gone");
    assertThat(victim.alive()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"on", "1", "production"})
  void settingOfAnAdministratorProtects(String value) throws SQLException {
    server.execute("alter database " + database + " set pgkill.protected = '" + value + "'");

    TestJob allowed =
        job()
            .rails(
                new GuardRails(List.of(), List.of(identifier()), List.of(), List.of(database), 9));
    assertRefused(allowed).hasMessageContaining("is protected by its setting pgkill.protected");

    server.execute("alter database " + database + " reset pgkill.protected");
    assertPasses(job());
  }

  @ParameterizedTest
  @ValueSource(strings = {"off", "0", "FALSE"})
  void settingThatSaysNoDoesNot(String value) throws SQLException {
    server.execute("alter database " + database + " set pgkill.protected = '" + value + "'");

    assertPasses(job());
  }

  @ParameterizedTest
  @CsvSource({
    "pgkill: protected, true",
    "'The books. PGKILL:protected, ask Ann', true",
    "protected from pgkill, false",
    "'', false"
  })
  void wordsInTheCommentProtect(String comment, boolean isProtected) throws SQLException {
    server.execute("comment on database " + database + " is '" + comment + "'");

    if (isProtected) {
      assertRefused(job())
          .hasMessageContaining("is protected by the words \"pgkill: protected\" in its comment");
    } else {
      assertPasses(job());
    }
  }

  @Test
  void markIsSeenByARoleWithoutPrivileges() throws SQLException {
    server.execute("alter database " + database + " set pgkill.protected = 'on'");

    assertRefused(job().as(server.createRole("login"))).hasMessageContaining("is protected by");
  }

  @Test
  void serverThatCannotBeIdentifiedTellsWhatIsMissing() throws SQLException {
    server.execute("create role rds_superuser");
    String identifier = identifier();
    server.execute("revoke execute on function pg_control_system() from public");
    try {
      TestJob job = job().as(server.createRole("login")).rails(rails(identifier));
      assertRefused(job).satisfies(e -> assertRemedy(e, "GRANT EXECUTE ON FUNCTION"));
    } finally {
      server.execute("grant execute on function pg_control_system() to public");
      server.execute("drop role rds_superuser");
    }
  }

  private TestJob job() {
    return TestJob.on(server, database);
  }

  private AbstractThrowableAssert<?, ? extends Throwable> assertRefused(TestJob job)
      throws SQLException {
    AbstractThrowableAssert<?, ? extends Throwable> refusal =
        assertThatThrownBy(job::run).isInstanceOf(GuardRefusal.class);
    assertThat(victim.alive()).isTrue();
    return refusal;
  }

  private void assertPasses(TestJob job) throws SQLException {
    assertThatCode(() -> assertThat(job.run().verdict().status()).isEqualTo(Verdict.Status.SUCCESS))
        .doesNotThrowAnyException();
    assertThat(victim.alive()).isFalse();
  }

  private static void assertRemedy(Throwable e, String part) {
    assertThat(((PgkillException) e).remedy().orElseThrow()).contains(part);
  }

  private static GuardRails rails(String server) {
    return new GuardRails(List.of(), List.of(server), List.of(), List.of(), null);
  }

  private static String identifier() throws SQLException {
    return server.query("select system_identifier::text from pg_control_system()").get(0);
  }
}
