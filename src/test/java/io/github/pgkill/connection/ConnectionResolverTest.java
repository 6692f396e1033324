package io.github.pgkill.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.connection.build.BuildConnection;
import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.connection.environment.ServerCredentials;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.value.Secret;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionResolverTest {

  @TempDir Path home;

  private final Map<String, String> variables = new HashMap<>();
  private String osUser = "me";
  private List<Path> socketDirectories = List.of();
  private final ConnectionRequest.Builder request = ConnectionRequest.builder();

  @Test
  void withoutAnySourceLibpqsDefaultsHold() {
    ConnectionSettings settings = settings();
    assertThat(settings.server()).isEqualTo("localhost:5432");
    assertThat(settings.user()).isEqualTo("me");
    assertThat(settings.database()).isEqualTo("me");
    assertThat(settings.password()).isNull();
    assertThat(settings.maintenanceDatabases()).containsExactly("postgres", "template1", "me");
    assertThat(settings.connectTimeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(settings.origins())
        .containsExactly(
            Map.entry("host", "default"),
            Map.entry("database", "default: the user's name"),
            Map.entry("user", "default: the operating system's user"),
            Map.entry("password", "none"));
  }

  @Test
  void theTargetComesFromOneSourceAndUserAndPasswordFromLaterOnes() throws IOException {
    service("[prod]\nhost=service\nport=2\ndbname=service\nuser=service\n");
    variables.putAll(
        Map.of(
            "PGHOST",
            "env",
            "PGPORT",
            "3",
            "PGDATABASE",
            "env",
            "PGUSER",
            "env",
            "PGPASSWORD",
            "env"));
    assertThat(settings().server()).isEqualTo("env:3");
    variables.put("PGSERVICE", "prod");
    assertThat(settings().server()).isEqualTo("service:2");
    assertThat(settings().database()).isEqualTo("service");
    assertThat(settings().user()).isEqualTo("service");
    assertThat(settings().password()).isEqualTo(new Secret("env"));
    request.buildConnection(
        new BuildConnection("jdbc:postgresql://build/x", null, new Secret("b"), "flyway"));
    assertThat(settings().server()).isEqualTo("build:5432");
    assertThat(settings().database()).isEqualTo("x");
    assertThat(settings().password()).isEqualTo(new Secret("b"));
    request.url("jdbc:postgresql:url");
    assertThat(settings().server()).isEqualTo("localhost:5432");
    assertThat(settings().database()).isEqualTo("url");
    assertThat(settings().user()).isEqualTo("service");
    assertThat(settings().origins())
        .containsEntry("host", "parameter url")
        .containsEntry("user", "service \"prod\" in " + home.resolve(".pg_service.conf"))
        .containsEntry("password", "flyway");
  }

  @Test
  void oneNamedValueMakesASourceTheTarget() {
    variables.putAll(Map.of("PGPORT", "5433", "PGDATABASE", "env"));
    assertThat(settings().server()).isEqualTo("localhost:5433");
    assertThat(settings().origins()).containsEntry("host", "environment variable PGPORT");
    request.url("postgresql:///url");
    assertThat(settings().server()).isEqualTo("localhost:5432");
    request.url("postgresql://?sslmode=require");
    assertThat(settings().server()).isEqualTo("localhost:5433");
    assertThat(settings().driverProperties()).containsEntry("sslmode", "require");
  }

  @Test
  void theParameterDatabaseKeepsTheServerOfAnotherSource() {
    variables.putAll(Map.of("PGHOST", "env", "PGDATABASE", "env"));
    request.database("app");
    assertThat(settings().server()).isEqualTo("env:5432");
    assertThat(settings().database()).isEqualTo("app");
    request.url("jdbc:postgresql://h/other");
    assertThat(settings().server()).isEqualTo("h:5432");
    assertThat(settings().database()).isEqualTo("app");
    request.database("postgresql://u:hunter2@h/app");
    assertThatThrownBy(this::settings).isInstanceOf(InvalidParameter.class);
  }

  @Test
  void theUserParameterWinsOverTheUrlAndSaysSo() {
    request.url("jdbc:postgresql://h/d?user=alice&password=x").user("bob");
    assertThat(settings().user()).isEqualTo("bob");
    assertThat(settings().password()).isEqualTo(new Secret("x"));
    assertThat(resolve().notes())
        .anySatisfy(
            note ->
                assertThat(note).isEqualTo("parameter user wins over the user in parameter url"))
        .anySatisfy(note -> assertThat(note).contains("beside another user"));
    request.user("alice");
    assertThat(resolve().notes()).isEmpty();
  }

  @Test
  void settingsXmlCompletesTheUrlBeforeTheEnvironmentDoes() {
    variables.putAll(Map.of("PGUSER", "env", "PGPASSWORD", "env"));
    request.url("jdbc:postgresql://h/d");
    request.server(new ServerCredentials("db", "server", new Secret("s")));
    assertThat(settings().user()).isEqualTo("server");
    assertThat(settings().password()).isEqualTo(new Secret("s"));
    assertThat(settings().origins()).containsEntry("password", "server \"db\" of settings.xml");
  }

  @Test
  void droppingGoalsTakeNoTargetFromTheEnvironment() throws IOException {
    request.targetFromEnvironment(false);
    assertThatThrownBy(this::settings).isInstanceOf(InvalidParameter.class);
    variables.putAll(Map.of("PGHOST", "env", "PGDATABASE", "env", "PGUSER", "env"));
    assertThatThrownBy(this::settings).isInstanceOf(InvalidParameter.class);
    request.database("app");
    assertThatThrownBy(this::settings).isInstanceOf(InvalidParameter.class);
    request.database(null).url("jdbc:postgresql://h/");
    assertThatThrownBy(this::settings).isInstanceOf(InvalidParameter.class);
    request.url("jdbc:postgresql://h/d");
    assertThat(settings().server()).isEqualTo("h:5432");
    assertThat(settings().user()).isEqualTo("env");
    variables.clear();
    request.url(null).database("app");
    assertThat(settings().server()).isEqualTo("localhost:5432");
    service("[prod]\nhost=service\n");
    variables.put("PGSERVICE", "prod");
    assertThatThrownBy(this::settings).isInstanceOf(InvalidParameter.class);
  }

  @Test
  void aServiceInTheUrlIsPartOfTheUrl() throws IOException {
    service("[prod]\nhost=service\nport=2\ndbname=sdb\nuser=su\nsslmode=require\n");
    variables.put("PGHOST", "env");
    request.url("jdbc:postgresql:?service=prod");
    assertThat(settings().server()).isEqualTo("service:2");
    assertThat(settings().database()).isEqualTo("sdb");
    assertThat(settings().driverProperties()).containsEntry("sslmode", "require");
    request.url("jdbc:postgresql://h/?service=prod");
    assertThat(settings().server()).isEqualTo("h:5432");
    assertThat(settings().user()).isEqualTo("su");
  }

  @Test
  void serviceFilesAreReadAsByLibpq() throws IOException {
    Path other = Files.writeString(home.resolve("pg_service.conf"), "[system]\nhost=sys\n");
    service(
        "# note\n[a]\nhost=a\nhost=second\n\n[b]\nhost=b\n[a]\nport=9\n[bad]\nhots=x\n"
            + "[nested]\nservice=a\n[evil]\nsocketFactory=evil.Factory\nhost=localhost\n");
    variables.put("PGSERVICE", "a");
    assertThat(settings().server()).isEqualTo("a:5432");
    variables.put("PGSERVICE", "A");
    assertThatThrownBy(this::settings)
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("service \"A\" is not defined");
    variables.putAll(Map.of("PGSERVICE", "system", "PGSYSCONFDIR", home.toString()));
    assertThat(settings().server()).isEqualTo("sys:5432");
    variables.put("PGSERVICE", "bad");
    assertThatThrownBy(this::settings).hasMessageContaining("line 11");
    variables.put("PGSERVICE", "nested");
    assertThatThrownBy(this::settings).isInstanceOf(PgkillFailure.class);
    variables.put("PGSERVICE", "evil");
    assertThatThrownBy(this::settings).isInstanceOf(GuardRefusal.class);
    variables.putAll(Map.of("PGSERVICE", "a", "PGSERVICEFILE", other.toString()));
    assertThatThrownBy(this::settings).isInstanceOf(PgkillFailure.class);
    variables.put("PGSERVICEFILE", home.resolve("missing").toString());
    assertThatThrownBy(this::settings).hasMessageContaining("cannot be read");
  }

  @Test
  void aUnixSocketIsNamedByItsDirectory() throws IOException {
    variables.put("PGHOST", "/var/run/postgresql");
    assertThat(settings().server()).isEqualTo("/var/run/postgresql:5432");
    assertThat(settings().hosts().get(0).unixSocket()).isTrue();
    assertThat(settings().user()).isEqualTo("me");
    variables.put("PGHOSTADDR", "127.0.0.1");
    assertThat(settings().server()).isEqualTo("127.0.0.1:5432");
    service("[local]\nhost=/srv/sockets\nport=5433\n");
    variables.put("PGSERVICE", "local");
    assertThat(settings().server()).isEqualTo("/srv/sockets:5433");
    request.url("jdbc:postgresql://localhost/app");
    assertThat(settings().server()).isEqualTo("localhost:5432");
    variables.clear();
    variables.put("PGHOST", "@abstract");
    request.url(null);
    assertThatThrownBy(this::settings)
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("PGHOST")
        .hasMessageContaining("abstract Unix socket");
  }

  @Test
  void libpqsSourcesTakeTheSocketThatIsThere() throws IOException {
    Path first = Files.createDirectory(home.resolve("run"));
    Path second = Files.createDirectory(home.resolve("tmp"));
    socketDirectories = List.of(home.resolve("missing"), first, second);
    assertThat(settings().server()).isEqualTo("localhost:5432");
    assertThat(resolve().notes())
        .singleElement()
        .asString()
        .startsWith("no host is named: localhost, because there is no socket of port 5432 in ");
    try (ServerSocketChannel one = socket(first, 5433);
        ServerSocketChannel two = socket(second, 5432)) {
      assertThat(two.isOpen() && one.isOpen()).isTrue();
      assertThat(settings().server()).isEqualTo(second + ":5432");
      assertThat(resolve().notes())
          .containsExactly(
              "no host is named: "
                  + second
                  + ", because socket "
                  + second
                  + "/.s.PGSQL.5432 is there and belongs to "
                  + Files.getOwner(second).getName());
      request.url("postgresql:///app");
      assertThat(settings().server()).isEqualTo(second + ":5432");
      request.url("postgresql://:5433/app");
      assertThat(settings().server()).isEqualTo(first + ":5433");
      request.url("postgresql:///app?hostaddr=10.0.0.1");
      assertThat(settings().server()).isEqualTo("10.0.0.1:5432");
      service("[plain]\ndbname=app\n");
      request.url("postgresql://?service=plain");
      assertThat(settings().server()).isEqualTo(second + ":5432");
      for (String jdbc : List.of(":app", "://:5432/app", ":", ":?service=plain")) {
        request.url("jdbc:postgresql" + jdbc);
        assertThat(settings().server()).as(jdbc).isEqualTo("localhost:5432");
      }
      request.url(null);
      variables.put("PGSERVICE", "plain");
      assertThat(settings().server()).isEqualTo(second + ":5432");
      variables.clear();
      variables.put("PGPORT", "5433");
      assertThat(settings().server()).isEqualTo(first + ":5433");
      assertThat(settings().origins()).containsEntry("host", "environment variable PGPORT");
      variables.put("PGPORT", "5434");
      assertThat(settings().server()).isEqualTo("localhost:5434");
    }
  }

  @Test
  void aSocketThatAnybodyMayHavePutThereIsNotTakenByDefault() throws IOException {
    Path directory = Files.createDirectory(home.resolve("shared"));
    socketDirectories = List.of(directory);
    try (ServerSocketChannel open = socket(directory, 5432)) {
      assertThat(open.isOpen()).isTrue();
      Path socket = directory.resolve(".s.PGSQL.5432");
      String stranger = stranger(socket);

      Files.setAttribute(directory, "unix:mode", 01777);
      assertThat(settings().server()).isEqualTo("localhost:5432");
      assertThat(resolve().notes())
          .containsExactly(
              "no host is named: localhost, because socket "
                  + socket
                  + " belongs to "
                  + stranger
                  + ", who is neither root nor postgres");

      osUser = stranger;
      assertThat(settings().server()).isEqualTo(directory + ":5432");
      Files.setAttribute(directory, "unix:mode", 0777);
      assertThat(settings().server()).isEqualTo("localhost:5432");
      assertThat(resolve().notes().get(0))
          .contains("everybody may replace what is in " + directory);
    }
    Path file = directory.resolve(".s.PGSQL.5433");
    Files.createSymbolicLink(file, directory.resolve(".s.PGSQL.5432"));
    Files.setAttribute(directory, "unix:mode", 0755);
    variables.put("PGPORT", "5433");
    assertThat(resolve().notes().get(0)).contains(file + " is not a socket");
    assertThat(settings().server()).isEqualTo("localhost:5433");
  }

  /** Makes it somebody else's where we may; for whoever is not root we are somebody ourselves. */
  private static String stranger(Path socket) throws IOException {
    if (Files.getOwner(socket).getName().equals("root")) {
      Files.setOwner(
          socket,
          socket.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
    }
    return Files.getOwner(socket).getName();
  }

  private static ServerSocketChannel socket(Path directory, int port) throws IOException {
    return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(HostAddress.socketFile(directory.toString(), port)));
  }

  @Test
  void theEnvironmentCompletesTlsButNeverWeakensIt() {
    variables.putAll(Map.of("PGSSLMODE", "disable", "PGSSLROOTCERT", "/ca.pem"));
    request.url("jdbc:postgresql://h/d");
    assertThat(settings().driverProperties()).containsEntry("sslmode", "disable");
    request.url("jdbc:postgresql://h/d?sslmode=verify-ca");
    assertThat(settings().driverProperties())
        .containsEntry("sslmode", "verify-ca")
        .containsEntry("sslrootcert", "/ca.pem");
    request.url("jdbc:postgresql://h/d?ssl=true");
    assertThat(settings().driverProperties()).doesNotContainKey("sslmode");
  }

  @Test
  void thePasswordFileIsTheLastToBeAsked() throws IOException {
    passwords("h:5432:other:bob:no\nh:5432:app:bob:file\n", "rw-------");
    request.url("jdbc:postgresql://h/app").user("bob");
    assertThat(settings().password()).isEqualTo(new Secret("file"));
    assertThat(settings().origins())
        .containsEntry("password", "password file " + home.resolve(".pgpass"));
    variables.put("PGPASSWORD", "env");
    assertThat(settings().password()).isEqualTo(new Secret("env"));
  }

  @Test
  void aPasswordFileThatOthersMayReadIsNotUsed() throws IOException {
    passwords("*:*:*:*:file\n", "rw-r-----");
    assertThat(settings().password()).isNull();
    assertThat(resolve().notes())
        .anySatisfy(note -> assertThat(note).contains("others may read it"));
  }

  @Test
  void anEmptyVariableIsNotSet() {
    variables.putAll(Map.of("PGHOST", "", "PGSERVICE", "", "PGPORT", ""));
    assertThat(settings().server()).isEqualTo("localhost:5432");
  }

  @Test
  void theParametersAboutTheConnectionItselfArePassedOn() {
    request
        .maintenanceDatabase("admin")
        .role("owner")
        .connectTimeout(Duration.ofSeconds(3))
        .waitForServer(Duration.ofSeconds(9))
        .url("jdbc:postgresql://h/d?connectTimeout=7");
    assertThat(settings().maintenanceDatabases()).containsExactly("admin");
    assertThat(settings().role()).isEqualTo("owner");
    assertThat(settings().connectTimeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(settings().waitForServer()).isEqualTo(Duration.ofSeconds(9));
    request.database("postgres").maintenanceDatabase(null);
    assertThat(settings().maintenanceDatabases()).containsExactly("postgres", "template1");
  }

  @Test
  void nodesAreHostAndPort() {
    request.url("jdbc:postgresql://one/app").nodes(List.of("two:5433", "[::1]:5434", "two:5433"));
    assertThat(settings().nodes())
        .containsExactly(new HostAddress("two", null, 5433), new HostAddress("::1", null, 5434));
    assertThat(settings().server()).isEqualTo("one:5432");
    assertThat(settings().everyHost()).hasSize(3);
  }

  @Test
  void anythingElseIsNoNodeAndIsNotRepeated() {
    for (String entry :
        List.of("two", "two:", ":5432", "two:port", "two:70000", "me:hunter2@two:1", "a b:1")) {
      request.url("jdbc:postgresql://one/app").nodes(List.of(entry));
      assertThatThrownBy(this::settings)
          .as(entry)
          .isInstanceOf(PgkillFailure.class)
          .hasMessageStartingWith("parameter nodes: ")
          .hasMessageNotContaining("hunter2");
    }
    request.nodes(List.of("patroni"));
    assertThatThrownBy(this::settings).hasMessageContaining("patroni stands alone");
  }

  @Test
  void tlsThatIsDemandedIsDemandedOfTheNodes() {
    request
        .url("postgresql:///app?host=/run/postgresql&sslmode=require")
        .nodes(List.of("two:5432"));
    assertThatThrownBy(this::settings).hasMessageContaining("on which nothing is encrypted");
  }

  private ConnectionSettings settings() {
    return resolve().settings();
  }

  private ResolvedConnection resolve() {
    Environment environment = new Environment(variables, home, osUser, socketDirectories);
    return new ConnectionResolver(environment).resolve(request.build());
  }

  private void service(String text) throws IOException {
    Files.writeString(home.resolve(".pg_service.conf"), text);
  }

  private void passwords(String text, String permissions) throws IOException {
    Path file = Files.writeString(home.resolve(".pgpass"), text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql:x?host=/run/postgresql",
        "jdbc:postgresql:x?user=me&HOST=other,%2Frun",
        "jdbc:postgresql://build/x?hostaddr=10.0.0.1",
        "jdbc:postgresql://%2Frun%2Fpostgresql/x",
        "jdbc:postgresql://build,%2frun/x"
      })
  void whatTheDriverOfTheToolsDoesNotReadIsRefused(String url) {
    request.buildConnection(new BuildConnection(url, "me", null, "flyway"));
    assertThatThrownBy(this::settings)
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("flyway has ")
        .hasMessageContaining("which the driver of the tools does not read");
  }

  @Test
  void whatItReadsIsTaken() {
    request.buildConnection(
        new BuildConnection("jdbc:postgresql:?host=other&port=7&dbname=y", "me", null, "flyway"));
    assertThat(settings().server()).isEqualTo("other:7");
    assertThat(settings().database()).isEqualTo("y");
  }
}
