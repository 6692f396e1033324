package io.github.pgkill.job.admission;

import static io.github.pgkill.testing.TestConnection.to;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.pgkill.connection.ConnectionRequest;
import io.github.pgkill.connection.ConnectionResolver;
import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.failure.AnotherServer;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.failure.Unreachable;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerConnector;
import io.github.pgkill.report.Journal;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.RecordedConsole;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Real servers by their Unix sockets: all ways to name one, how to log in there, what stands. */
@DisabledOnOs(OS.WINDOWS)
class UnixSocketTest {

  private static final GuardRails RAILS =
      new GuardRails(List.of(), List.of(), List.of(), List.of(), null);

  private static TestServer server;
  private static String database;

  @TempDir Path home;

  @BeforeAll
  static void start() throws Exception {
    server =
        TestServer.start(
            Map.of("cluster_name", "sockets"),
            List.of(
                "local all careful scram-sha-256",
                "local all peered peer map=build",
                "local all stranger peer",
                "local all banned reject"));
    for (String role : List.of("careful", "peered", "stranger", "banned")) {
      server.execute("create role " + role + " login superuser password 's3cret'");
    }
    // where root's servers run in a namespace of their own, everybody is nobody to them
    Files.writeString(
        server.dataDirectory().resolve("pg_ident.conf"),
        "build nobody peered\nbuild " + System.getProperty("user.name") + " peered\n",
        StandardOpenOption.APPEND);
    server.execute("select pg_reload_conf()");
    database = server.createDatabase();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void everyWayToNameItLeadsThere() throws IOException {
    String directory = server.socketDirectory().toString();
    String encoded = directory.replace("/", "%2F");
    int port = server.port();
    Files.writeString(
        home.resolve(".pg_service.conf"),
        "[local]\nhost=" + directory + "\nport=" + port + "\n[plain]\nport=" + port + "\n");
    List<Map<String, String>> environments =
        List.of(
            Map.of("PGHOST", directory, "PGPORT", "" + port),
            Map.of("PGSERVICE", "local"),
            Map.of("PGSERVICE", "plain"),
            Map.of("PGPORT", "" + port));
    for (Map<String, String> variables : environments) {
      assertThat(role(null, variables)).as("%s", variables).isEqualTo("postgres");
    }
    List<String> urls =
        List.of(
            "postgresql:///app?host=" + directory + "&port=" + port,
            "postgresql://" + encoded + ":" + port + "/app",
            "postgresql:///app?host=/nonexistent," + directory + "&port=" + port,
            "postgresql:///app?host=127.0.0.1," + directory + "&port=1," + port,
            "postgresql://:" + port + "/app",
            "jdbc:postgresql:app?host=" + directory + "&port=" + port);
    for (String url : urls) {
      assertThat(role(url, Map.of())).as(url).isEqualTo("postgres");
    }
  }

  private String role(String url, Map<String, String> variables) {
    Environment environment =
        new Environment(variables, home, "me", List.of(server.socketDirectory()));
    ConnectionSettings settings =
        new ConnectionResolver(environment)
            .resolve(ConnectionRequest.builder().url(url).user("postgres").build())
            .settings();
    try (Server connected = ServerConnector.toLook(settings).connect()) {
      assertThat(connected.line()).as("comes by the socket").isEmpty();
      assertThat(connected.node()).hasToString(server.socketDirectory() + ":" + server.port());
      return connected.info().role();
    }
  }

  @Test
  void logsInByScramAndByPeer() throws SQLException {
    try (Server careful = look(socket().as("careful").password("s3cret"))) {
      assertThat(careful.info().role()).isEqualTo("careful");
    }
    try (Server peered = look(socket().as("peered"))) {
      assertThat(peered.info().role()).isEqualTo("peered");
      assertThat(peered.info().pooled()).isFalse();
    }
    PgkillException wrong = fails(socket().as("careful").password("guessed"));
    assertThat(wrong).hasMessageContaining("password authentication failed");
    PgkillException stranger = fails(socket().as("stranger"));
    assertThat(stranger).hasMessageContaining("Peer authentication failed for user \"stranger\"");
    assertThat(stranger.remedy().orElseThrow()).contains("pg_ident.conf");
    assertThat(fails(socket().as("banned"))).hasMessageContaining("rejects connection");
  }

  @Test
  void whatIsNotThereIsTold() throws IOException {
    Path directory = server.socketDirectory();
    int none = server.port() + 1;
    PgkillException wrongPort = fails(to(server, database).at(directory.toString(), none));
    assertThat(wrongPort)
        .isInstanceOf(Unreachable.class)
        .hasMessage("there is no socket " + directory + "/.s.PGSQL." + none);
    assertThat(wrongPort.remedy().orElseThrow())
        .startsWith("There is .s.PGSQL." + server.port() + ": its last digits are the port.")
        .contains("-Dpgkill.waitForServer=30s");

    PgkillException wrongDirectory =
        fails(to(server, database).at(home.resolve("none").toString(), 5432));
    assertThat(wrongDirectory).hasMessage("there is no directory " + home.resolve("none"));
    assertThat(wrongDirectory.remedy().orElseThrow()).contains("unix_socket_directories");

    PgkillException empty = fails(to(server, database).at(home.toString(), 5432));
    assertThat(empty.remedy().orElseThrow()).contains("There is no other one, either");

    ServerSocketChannel left = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    left.bind(UnixDomainSocketAddress.of(home.resolve(".s.PGSQL.5432")));
    left.close();
    PgkillException crashed = fails(to(server, database).at(home.toString(), 5432));
    assertThat(crashed).hasMessage("nobody answers at the socket " + home + ":5432");
  }

  @Test
  void aSilentServerIsWaitedForNoLongerThanTold() throws IOException {
    try (ServerSocketChannel silent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      silent.bind(UnixDomainSocketAddress.of(home.resolve(".s.PGSQL.5432")));
      PgkillException failure =
          fails(
              to(server, database)
                  .at(home.toString(), 5432)
                  .patience(Duration.ofSeconds(1), Duration.ZERO));
      assertThat(failure).hasMessage("no answer from " + home + ":5432 within 1s");
    }
  }

  @Test
  void aServerThatIsStartingIsWaitedFor() {
    TestServer late = TestServer.start(Map.of());
    try {
      late.stop();
      List<String> lines = new ArrayList<>();
      TestConnection patient =
          to(late, "postgres")
              .at(late.socketDirectory().toString(), late.port())
              .patience(Duration.ofSeconds(10), Duration.ofSeconds(30));
      boolean[] resumed = {false};
      try (Server connected =
          ServerConnector.toLook(patient.settings())
              .telling(
                  line -> {
                    lines.add(line);
                    if (!resumed[0]) {
                      resumed[0] = true;
                      late.resume();
                    }
                  })
              .connect()) {
        assertThat(connected.info().role()).isEqualTo("postgres");
      }
      assertThat(lines).isNotEmpty();
    } finally {
      late.close();
    }
  }

  @Test
  void guardsStandAndTheSocketNeedsNoListing() throws SQLException {
    Journal journal = new Journal("terminate", "test", "test");
    List<String> lines = new ArrayList<>();
    try (Admission admission =
        Admission.toClear(socket().settings(), RAILS, new RecordedConsole(lines), journal)) {
      assertThat(admission.plan().local()).isTrue();
      assertThat(admission.maxSessions()).isEqualTo(Integer.MAX_VALUE);
      try (Server another = admission.another()) {
        assertThat(another.info().startedAt()).isEqualTo(admission.server().info().startedAt());
      }
    }
    assertThat(lines.get(0)).contains(" at " + server.socketDirectory() + ":" + server.port());
    server.execute("create role rds_superuser");
    try {
      GuardRefusal tunnel =
          catchThrowableOfType(
              GuardRefusal.class,
              () ->
                  Admission.toClear(
                      socket().settings(), RAILS, new RecordedConsole(lines), journal));
      assertThat(tunnel).hasMessageContaining("is this a tunnel?");
    } finally {
      server.execute("drop role rds_superuser");
    }
  }

  @Test
  void aStatementIsCancelledByTheSameWay() throws Exception {
    try (Server connected = look(socket())) {
      CompletableFuture<SQLException> said = new CompletableFuture<>();
      connected.run(
          connection -> {
            try (Statement statement = connection.createStatement()) {
              Thread reader =
                  new Thread(
                      () ->
                          said.complete(
                              catchThrowableOfType(
                                  SQLException.class,
                                  () -> statement.execute("select pg_sleep(300)"))));
              reader.start();
              Eventually.within(20, () -> sleeps(connected.info().self().pid()));
              statement.cancel();
              assertThat(said.get(20, TimeUnit.SECONDS).getSQLState()).isEqualTo("57014");
              reader.join();
              return statement.execute("select 1");
            } catch (InterruptedException | ExecutionException | TimeoutException e) {
              throw new IllegalStateException(e);
            }
          });
    }
  }

  @Test
  void whoIsEndedWhileHeReadsIsTold() throws Exception {
    try (Server connected = look(socket())) {
      CompletableFuture<PgkillException> said = whatASleeperIsTold(connected);
      server.query("select pg_terminate_backend(?)", connected.info().self().pid());
      assertThat(said.get(20, TimeUnit.SECONDS))
          .hasMessageContaining("the connection to the server was lost");
    }
  }

  @Test
  void whoIsAbortedWhileHeReadsIsWoken() throws Exception {
    Server connected = look(socket());
    int pid = connected.info().self().pid();
    CompletableFuture<PgkillException> said = whatASleeperIsTold(connected);
    connected.abort();
    assertThat(said.get(20, TimeUnit.SECONDS)).isNotNull();
    server.query("select pg_terminate_backend(?)", pid);
    connected.close();
  }

  /** Returns once the connection reads the answer of a statement that takes minutes. */
  private static CompletableFuture<PgkillException> whatASleeperIsTold(Server connected) {
    CompletableFuture<PgkillException> said =
        CompletableFuture.supplyAsync(
            () ->
                catchThrowableOfType(
                    PgkillException.class,
                    () ->
                        connected.run(
                            connection -> {
                              try (Statement statement = connection.createStatement()) {
                                return statement.execute("select pg_sleep(300)");
                              }
                            })));
    Eventually.within(20, () -> sleeps(connected.info().self().pid()));
    return said;
  }

  private static boolean sleeps(int pid) throws SQLException {
    return !server
        .query("select 1 from pg_stat_activity where pid = ? and wait_event = 'PgSleep'", pid)
        .isEmpty();
  }

  /** A directory is moved as easily as an address. */
  @Test
  void aDirectoryThatLeadsToAnotherServerNowIsNoticed() throws IOException {
    TestServer other = TestServer.start(Map.of());
    try {
      Path link = home.resolve("sockets");
      Files.createSymbolicLink(link, server.socketDirectory());
      int port = server.port();
      ConnectionSettings settings = to(server, database).at(link.toString(), port).settings();
      try (Admission admission =
          Admission.toClear(
              settings,
              RAILS,
              new RecordedConsole(new ArrayList<>()),
              new Journal("terminate", "test", "test"))) {
        Files.delete(link);
        Files.createDirectory(link);
        Files.createSymbolicLink(
            link.resolve(".s.PGSQL." + port),
            other.socketDirectory().resolve(".s.PGSQL." + other.port()));
        assertThatThrownBy(admission::another)
            .isInstanceOf(AnotherServer.class)
            .isInstanceOf(PgkillFailure.class);
      }
    } finally {
      other.close();
    }
  }

  private static TestConnection socket() {
    return to(server, database).at(server.socketDirectory().toString(), server.port());
  }

  private static Server look(TestConnection connection) {
    return ServerConnector.toLook(connection.settings()).connect();
  }

  private static PgkillException fails(TestConnection connection) {
    return catchThrowableOfType(PgkillException.class, () -> look(connection).close());
  }
}
