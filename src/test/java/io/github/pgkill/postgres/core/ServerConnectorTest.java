package io.github.pgkill.postgres.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.failure.Unreachable;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.testing.ProtocolProxy;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestServer;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Every way in which a connection fails is told in one line, with its cure and without secrets. */
class ServerConnectorTest {

  private static final String SECRET = "5tr1ctly-c0nf1dent1al";

  private static TestServer server;
  private static String database;

  @BeforeAll
  static void start() throws SQLException {
    server =
        TestServer.start(
            Map.of("max_connections", "12", "superuser_reserved_connections", "3"),
            List.of(
                "host all careful all scram-sha-256",
                "host all plain all password",
                "host all banned all reject",
                "host postgres choosy all reject"));
    server.execute("create role careful login password '" + SECRET + "'");
    server.execute("create role plain login password '" + SECRET + "'");
    server.execute("create role banned login");
    server.execute("create role choosy login");
    database = server.createDatabase();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void rightPasswordGetsIn() {
    try (Server connected = connect(to().as("careful").password(SECRET))) {
      assertThat(connected.info().role()).isEqualTo("careful");
      assertThat(connected.info().connectedTo()).isEqualTo("postgres");
      assertThat(connected.info().major()).isEqualTo(server.major());
      assertThat(connected.info().pooled() || connected.info().standby()).isFalse();
    }
  }

  @Test
  void nobodyListens() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }

    PgkillException failure = fails(PgkillError.class, to().at("127.0.0.1", port));

    assertThat(failure).hasMessage("connection to 127.0.0.1:" + port + " refused");
    assertThat(failure.remedy().orElseThrow()).contains("-Dpgkill.waitForServer=");
  }

  @Test
  void unknownHost() {
    PgkillException failure = fails(PgkillError.class, to().at("name.invalid", 5432));

    assertThat(failure).hasMessage("unknown host: name.invalid");
    assertThat(failure.remedy()).isPresent();
  }

  @Test
  void silentServerIsWaitedForNoLongerThanTold() {
    try (ProtocolProxy silent = ProtocolProxy.silent()) {
      long start = System.nanoTime();

      PgkillException failure =
          fails(
              PgkillError.class,
              to().at("127.0.0.1", silent.port())
                  .through("postgres", "template1", database)
                  .patience(Duration.ofSeconds(4), Duration.ZERO));

      // and not as long for each database
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
      assertThat(failure).hasMessage("no answer from 127.0.0.1:" + silent.port() + " within 4s");
      assertThat(failure.remedy().orElseThrow()).contains("-Dpgkill.connectTimeout");
    }
  }

  @Test
  void silentHostLeavesTimeForTheNext() {
    try (ProtocolProxy silent = ProtocolProxy.silent()) {
      ConnectionSettings one = to().patience(Duration.ofSeconds(6), Duration.ZERO).settings();
      List<HostAddress> hosts =
          List.of(
              new HostAddress("127.0.0.1", null, silent.port()),
              new HostAddress("127.0.0.1", null, server.port()));

      try (Server connected = connect(new TestConnection(one).at(hosts))) {
        assertThat(connected.info().role()).isEqualTo(TestServer.SUPERUSER);
      }
    }
  }

  @Test
  void wrongPassword() {
    for (String user : List.of("careful", "plain")) {
      PgkillException failure =
          fails(PgkillFailure.class, to().as(user).password(SECRET + "-but-wrong"));

      assertThat(failure).hasMessage("password authentication failed for user \"" + user + "\"");
      assertThat(failure.remedy().orElseThrow()).contains("user " + user, "serverId");
    }
  }

  @Test
  void missingPassword() {
    for (String user : List.of("careful", "plain")) {
      PgkillException failure = fails(PgkillFailure.class, to().as(user));

      assertThat(failure).hasMessageContaining("no password");
      assertThat(failure.remedy().orElseThrow())
          .contains("Give the password of user " + user + " by serverId, PGPASSWORD or ~/.pgpass");
    }
  }

  @Test
  void noSuchRole() {
    PgkillException failure = fails(PgkillFailure.class, to().as("nobody at all"));

    assertThat(failure).hasMessage("role \"nobody at all\" does not exist");
    assertThat(failure.remedy().orElseThrow()).contains("Check user (nobody at all");
  }

  @Test
  void noEntryInHostBasedAuthentication() {
    PgkillException failure = fails(PgkillFailure.class, to().as("banned"));

    assertThat(failure).hasMessageContaining("pg_hba.conf rejects connection");
  }

  @Test
  void roleToSetThatIsNotOurs() {
    PgkillException failure =
        fails(PgkillFailure.class, to().as("careful").password(SECRET).role("postgres"));

    assertThat(failure).hasMessageContaining("permission denied to set role \"postgres\"");
    assertThat(failure.remedy().orElseThrow()).contains("pgkill.role");
  }

  @Test
  void roleToSetThatDoesNotExist() {
    PgkillException failure = fails(PgkillException.class, to().role("ghost"));

    assertThat(failure).hasMessageContaining("role \"ghost\" does not exist");
    assertThat(failure.remedy().orElseThrow()).contains("pgkill.role");
  }

  @Test
  void theRolesOwnLimitIsCalledSo() throws SQLException {
    String role = server.createRole("login connection limit 1");
    try (StubbornClients crowd = StubbornClients.of(server, database)) {
      crowd.as(role, "crowd").idle();

      PgkillException failure = fails(Unreachable.class, to().as(role));

      assertThat(failure.getMessage())
          .startsWith("user " + role + " has as many sessions as it may: ");
      assertThat(failure.remedy().orElseThrow())
          .contains("ALTER ROLE \"" + role + "\" CONNECTION LIMIT", "rolconnlimit")
          .doesNotContain("max_connections", "datconnlimit");
    }
  }

  @Test
  void theDatabasesLimitIsCalledSoUnlessAnotherOneWillDo() throws SQLException {
    String role = server.createRole("login");
    String full = server.createDatabase();
    server.execute("alter database " + full + " connection limit 0");

    PgkillException failure = fails(Unreachable.class, to().as(role).through(full));

    assertThat(failure.getMessage())
        .startsWith("the database has as many sessions as it may: ")
        .endsWith("(tried " + full + ")");
    assertThat(failure.remedy().orElseThrow())
        .contains("ALTER DATABASE ... CONNECTION LIMIT", "-Dpgkill.maintenanceDatabase=")
        .doesNotContain("max_connections", "rolconnlimit");
    try (Server connected = connect(to().as(role).through(full, "postgres"))) {
      assertThat(connected.info().connectedTo()).isEqualTo("postgres");
    }
  }

  @Test
  void whoSaysNotWhichLimitItWasGetsAllThreeNamed() throws Exception {
    try (ServerSocket door = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      aside(() -> refuseLikeAPooler(door, "no more connections allowed"));

      PgkillException failure = fails(Unreachable.class, to().at("127.0.0.1", door.getLocalPort()));

      assertThat(failure).hasMessage("too many connections: no more connections allowed");
      assertThat(failure.remedy().orElseThrow())
          .contains("max_connections", "rolconnlimit", "datconnlimit");
    }
  }

  @Test
  void theWordsOfALimitMayBeInAnyLanguage() {
    assertThat(ConnectionLimit.of(refusal("53300", "tut mir leid, schon zu viele", "InitProcess")))
        .contains(ConnectionLimit.SERVER);
    assertThat(ConnectionLimit.of(refusal("53300", "zu viele", "InitializeSessionUserId")))
        .contains(ConnectionLimit.ROLE);
    assertThat(ConnectionLimit.of(refusal("53300", "zu viele", "CheckMyDatabase")))
        .contains(ConnectionLimit.DATABASE);
    assertThat(ConnectionLimit.of(refusal("42501", "kein Recht", "CheckMyDatabase"))).isEmpty();
  }

  private static SQLException refusal(String state, String message, String routine) {
    return new PSQLException(
        new ServerErrorMessage("SFATAL\0C" + state + "\0M" + message + "\0R" + routine + "\0"));
  }

  @Test
  void aRootCertificateThatIsMissingIsNoUnreachableHost() throws Exception {
    try (ServerSocket door = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      aside(() -> agreeToTls(door));
      String missing = "/no/such/root.crt";

      PgkillException failure =
          fails(
              PgkillFailure.class,
              to().at("127.0.0.1", door.getLocalPort())
                  .driver(Map.of("ssl", "true", "sslrootcert", missing))
                  .patience(Duration.ofSeconds(5), Duration.ofMinutes(5)));

      assertThat(failure.getMessage())
          .startsWith("TLS with 127.0.0.1:" + door.getLocalPort() + " cannot be set up here: ")
          .contains(missing);
      assertThat(failure.remedy().orElseThrow()).contains("sslrootcert", "sslmode=require");
    }
  }

  @Test
  void aServerWithoutTlsIsCalledSo() {
    PgkillException failure = fails(PgkillFailure.class, to().driver(Map.of("ssl", "true")));

    assertThat(failure)
        .hasMessage(
            "TLS with 127.0.0.1:" + server.port() + " failed: The server does not support SSL.");
    assertThat(failure.remedy().orElseThrow()).contains("ssl = on").doesNotContain("password");
  }

  @Test
  void noRoomLeft() throws SQLException {
    String role = server.createRole("login");
    try (StubbornClients crowd = StubbornClients.of(server, database)) {
      crowd.as(role, "crowd").idle(9);

      PgkillException failure = fails(PgkillError.class, to().as(role));

      assertThat(failure.getMessage())
          .containsPattern("remaining connection slots are reserved|too many clients")
          .startsWith("no slot of the server is left for user " + role + ": ");
      assertThat(failure.remedy().orElseThrow())
          .contains("superuser_reserved_connections")
          .doesNotContain("rolconnlimit", "datconnlimit");
      connect(to()).close();
    }
  }

  @Test
  void nextMaintenanceDatabaseIsTriedWhereThePreferredOnesAreClosed() throws SQLException {
    String role = server.createRole("login");
    TestConnection connection = to().as(role).through("missing", "postgres", "template1", database);
    server.execute(
        "revoke connect on database postgres, template1 from public;"
            + "alter database template1 connection limit 0");
    try (Server connected = connect(connection)) {
      assertThat(connected.info().connectedTo()).isEqualTo(database);

      PgkillException failure =
          fails(PgkillFailure.class, connection.through("postgres", "template1"));
      assertThat(failure)
          .hasMessageContaining("permission denied for database")
          .hasMessageContaining("(tried postgres, template1)");
      assertThat(failure.remedy().orElseThrow())
          .contains("user " + role)
          .contains("-Dpgkill.maintenanceDatabase=");
    } finally {
      server.execute(
          "grant connect on database postgres, template1 to public;"
              + "alter database template1 connection limit -1");
    }
  }

  @Test
  void nextMaintenanceDatabaseIsTriedWhereHostBasedAuthenticationClosesOne() {
    try (Server connected = connect(to().as("choosy").through("postgres", "template1"))) {
      assertThat(connected.info().connectedTo()).isEqualTo("template1");
    }
  }

  @Test
  void allMaintenanceDatabasesAreMissing() {
    assertThat(fails(PgkillFailure.class, to().through("gone1", "gone2")))
        .hasMessage("database \"gone2\" does not exist (tried gone1, gone2)");
  }

  @Test
  void serverThatIsStartingIsWaitedFor() {
    try (TestServer late = TestServer.start(Map.of())) {
      late.stop();
      TestConnection connection = TestConnection.to(late, "postgres");
      assertThat(fails(PgkillError.class, connection)).hasMessageContaining("refused");
      CompletableFuture<Void> started =
          CompletableFuture.runAsync(
              late::resume, CompletableFuture.delayedExecutor(300, TimeUnit.MILLISECONDS));

      Duration patience = Duration.ofSeconds(20);
      List<String> said = new CopyOnWriteArrayList<>();
      try (Server connected = connect(connection.patience(patience, patience), said::add)) {
        assertThat(connected.info().upTime()).isLessThan(patience);
      }
      started.join();
      String address = "127.0.0.1:" + late.port();
      assertThat(said).hasSize(2);
      assertThat(said.get(0))
          .startsWith("waiting for " + address + ", ")
          .endsWith(" of 20s (waitForServer): connection to " + address + " refused");
      assertThat(said.get(1)).startsWith(address + " is there after ");
    }
  }

  @Test
  void patienceWithAStartingServerEnds() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    long start = System.nanoTime();

    PgkillException failure =
        fails(
            Unreachable.class,
            to().at("127.0.0.1", port).patience(Duration.ofSeconds(5), Duration.ofMillis(600)));

    String address = "127.0.0.1:" + port;
    assertThat(failure)
        .hasMessage(
            "waited 600ms for "
                + address
                + " in vain (waitForServer), and saw last: connection to "
                + address
                + " refused");
    assertThat(failure.remedy().orElseThrow())
        .contains("pg_isready -h 127.0.0.1 -p " + port)
        .doesNotContain("waitForServer");

    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofMillis(600), Duration.ofSeconds(20));
  }

  @Test
  void aProxyThatHangsUpBeforeItsServerIsThereIsWaitedFor() throws Exception {
    try (ServerSocket door = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      List<String> said = new CopyOnWriteArrayList<>();
      aside(() -> hangUp(door, said, server.port()));

      Duration patience = Duration.ofSeconds(20);
      try (Server connected =
          connect(
              to().at("127.0.0.1", door.getLocalPort()).patience(patience, patience), said::add)) {
        assertThat(connected.info().connectedTo()).isEqualTo("postgres");
      }

      assertThat(said.get(0)).startsWith("waiting for 127.0.0.1:" + door.getLocalPort());
    }
  }

  /** As docker's proxy does: until somebody has waited, and then it leads to the server. */
  private static void hangUp(ServerSocket door, List<String> untilSaid, int port)
      throws IOException {
    while (true) {
      Socket client = door.accept();
      if (untilSaid.isEmpty()) {
        client.close();
      } else {
        Socket there = new Socket("127.0.0.1", port);
        aside(() -> copy(client, there));
        aside(() -> copy(there, client));
      }
    }
  }

  private static void copy(Socket from, Socket to) throws IOException {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    }
  }

  @Test
  void aNameThatIsNotKnownYetIsWaitedFor() {
    List<String> said = new CopyOnWriteArrayList<>();
    TestConnection nowhere =
        to().at("name.invalid", 5432).patience(Duration.ofSeconds(5), Duration.ofMillis(600));

    PgkillException failure =
        catchThrowableOfType(PgkillError.class, () -> connect(nowhere, said::add));

    assertThat(said).hasSize(1);
    assertThat(said.get(0))
        .startsWith("waiting for name.invalid:5432, ")
        .endsWith("unknown host: name.invalid");
    assertThat(failure)
        .hasMessage(
            "waited 600ms for name.invalid:5432 in vain (waitForServer), and saw last: unknown"
                + " host: name.invalid");
    assertThat(failure.remedy().orElseThrow()).doesNotContain("waitForServer");
  }

  @Test
  void whatDoesNotPassIsNotWaitedFor() {
    List<String> said = new CopyOnWriteArrayList<>();
    Duration patience = Duration.ofMinutes(5);

    assertThatThrownBy(
            () -> connect(to().as("nobody at all").patience(patience, patience), said::add))
        .hasMessage("role \"nobody at all\" does not exist");
    assertThat(said).isEmpty();
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void aside(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // that is how every connection ends
                return;
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  /** Answers the request for TLS with yes, and then waits. */
  private static void agreeToTls(ServerSocket door) throws IOException {
    while (true) {
      try (Socket client = door.accept()) {
        client.getInputStream().readNBytes(8);
        client.getOutputStream().write('S');
        client.getInputStream().readAllBytes();
      }
    }
  }

  /** PgBouncer names no place in a source when it refuses. */
  private static void refuseLikeAPooler(ServerSocket door, String message) throws IOException {
    byte[] fields = ("SFATAL\0C53300\0M" + message + "\0\0").getBytes(StandardCharsets.UTF_8);
    while (true) {
      try (Socket client = door.accept()) {
        DataInputStream in = new DataInputStream(client.getInputStream());
        DataOutputStream out = new DataOutputStream(client.getOutputStream());
        in.readNBytes(8);
        out.write('N');
        in.readNBytes(in.readInt() - 4);
        out.write('E');
        out.writeInt(4 + fields.length);
        out.write(fields);
      }
    }
  }

  @Test
  void somethingElseListensThere() throws Exception {
    try (ServerSocket web = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread answers = new Thread(() -> answerLikeAWebServer(web));
      answers.setDaemon(true);
      answers.start();

      PgkillException failure =
          fails(PgkillException.class, to().at("127.0.0.1", web.getLocalPort()));

      assertThat(failure.getMessage()).doesNotContain("Exception").doesNotContain("\n");
    }
  }

  @Test
  void aConnectionThatBreaksOffInTheLoginIsCalledSo() throws Exception {
    try (ServerSocket door = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread hangsUp = new Thread(() -> hangUp(door));
      hangsUp.setDaemon(true);
      hangsUp.start();
      String address = "127.0.0.1:" + door.getLocalPort();

      assertThat(fails(Unreachable.class, to().at("127.0.0.1", door.getLocalPort())))
          .hasMessage(address + " closed the connection during the login");
    }
  }

  /** Reads first: who closes with something unread resets the connection instead. */
  private static void hangUp(ServerSocket door) {
    while (!door.isClosed()) {
      try (Socket client = door.accept()) {
        client.getInputStream().read(new byte[8192]);
      } catch (IOException e) {
        return;
      }
    }
  }

  private static void answerLikeAWebServer(ServerSocket door) {
    while (!door.isClosed()) {
      try (Socket client = door.accept()) {
        client.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes());
      } catch (IOException e) {
        return;
      }
    }
  }

  @Test
  void lostConnectionIsAnError() throws SQLException {
    try (ProtocolProxy proxy = ProtocolProxy.forwarding(server)) {
      Server connected = connect(to().at("127.0.0.1", proxy.port()).as("careful").password(SECRET));
      Sessions sessions =
          Sessions.of(
              connected, connected.findDatabase(database).orElseThrow(), SessionFilter.ALL_CLIENTS);
      proxy.cut();

      assertThatThrownBy(sessions::select)
          .isInstanceOf(PgkillError.class)
          .hasMessageStartingWith("the connection to the server was lost: ")
          .hasMessageNotContaining(SECRET)
          .satisfies(e -> assertThat(((PgkillError) e).remedy()).isPresent());
      connected.close();
    }
  }

  @Test
  void terminatedOurselvesWeSaySo() throws SQLException {
    try (Server connected = connect(to())) {
      server.query("select pg_terminate_backend(?)", connected.info().self().pid());

      assertThatThrownBy(connected::databaseNames)
          .isInstanceOf(PgkillError.class)
          .hasMessageContaining("terminating connection due to administrator command");
    }
  }

  private static TestConnection to() {
    return TestConnection.to(server, database);
  }

  private static Server connect(TestConnection connection) {
    return connect(connection, line -> {});
  }

  private static Server connect(TestConnection connection, Consumer<String> listener) {
    return ServerConnector.toLook(connection.settings()).telling(listener).connect();
  }

  /** Connects in vain; what holds for every failure is asserted here. */
  private static <T extends PgkillException> PgkillException fails(
      Class<T> type, TestConnection connection) {
    T failure = catchThrowableOfType(type, () -> connect(connection).close());
    assertThat(failure).isInstanceOf(type);
    assertThat(failure.getMessage() + failure.remedy())
        .doesNotContain(SECRET)
        .doesNotContain("Exception")
        .doesNotContain("\n");
    return failure;
  }
}
