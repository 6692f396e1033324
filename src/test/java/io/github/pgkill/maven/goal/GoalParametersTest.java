package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.settings.Server;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every parameter of every goal: bound from the POM and the command line, defaulted, refused. */
class GoalParametersTest {

  private static final TestServer SERVER = TestServer.shared();
  private static final String SINCE_UNITS =
      "Write 500ms, 30s, 5m, 2h, 1d or ISO 8601 such as PT30S; a bare number has no unit.";

  private static final List<String> ONLY_LOOKING = List.of("list-sessions", "backup");

  private static String database;
  private static StubbornClients clients;
  private static StubbornClients.Client bystander;

  @TempDir Path directory;

  @BeforeAll
  static void somebodyIsConnected() throws SQLException {
    // the one that the bound parameters admit
    SERVER.execute(
        "do $$ begin create role flyway; exception when duplicate_object then null; end $$");
    database = SERVER.createDatabase();
    clients = StubbornClients.of(SERVER, database);
    bystander = clients.idle();
  }

  @AfterAll
  static void end() throws SQLException {
    clients.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "terminate",
        "terminate-sessions",
        "list-sessions",
        "restart-server",
        "kill-processes",
        "diagnose"
      })
  void onePomSetsEveryParameter(String goal) throws IOException {
    Path reports = directory.resolve("reports");
    Files.copy(Path.of("src/test/projects/shop/seed.sql"), directory.resolve("seed.sql"));
    Build.Run run =
        Build.withPom(directory, Files.readString(Path.of("src/test/projects/shop/pom.xml")))
            .server(shopServer())
            .property("shop.url", SERVER.jdbcUrl("postgres"))
            .property("shop.database", database)
            .property("shop.reports", reports.toString())
            .property("shop.dataDirectory", SERVER.dataDirectory().toString())
            .property("shop.output", BoundParameters.OUTPUT)
            .run(goal)
            .succeeded();
    assertThat(requestOf(run.report())).isEqualTo(BoundParameters.ofShop(goal, database));
    assertThat(run.files().get(0).getParent()).isEqualTo(reports);
    assertConnectionOfShop(run.report());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "terminate",
        "terminate-sessions",
        "list-sessions",
        "restart-server",
        "kill-processes",
        "diagnose"
      })
  void theCommandLineSetsEveryParameter(String goal) {
    Map<String, Object> wanted = BoundParameters.ofShop(goal, database);
    // a comma separates on the command line, so that this expression belongs into a POM
    wanted.put("applicationNames", List.of("/^idea/", "DBeaver"));
    wanted.put("connectionFrom", "liquibase");
    wanted.keySet().removeAll(DescriptorTest.STEPS);
    Path reports = directory.resolve("reports");
    Build.Run run =
        Build.withPom(directory, liquibasePom())
            .server(shopServer())
            .properties(BoundParameters.asProperties(wanted))
            .property("pgkill.url", SERVER.jdbcUrl("postgres"))
            .property("pgkill.password", "not asked for here")
            .property("pgkill.skip", "false")
            .property("pgkill.reportDirectory", reports.toString())
            .run(goal)
            .succeeded();
    assertThat(requestOf(run.report())).isEqualTo(wanted);
    assertThat(run.files().get(0).getParent()).isEqualTo(reports);
    assertConnectionOfShop(run.report());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"terminate", "terminate-sessions", "kill-processes", "list-sessions", "diagnose"})
  void whatIsNotSetHasItsDefault(String goal) throws SQLException {
    String empty = SERVER.createDatabase();
    Build.Run run =
        Build.withoutPom(directory)
            .property("pgkill.url", SERVER.jdbcUrl(empty) + "?user=postgres")
            .run(goal)
            .succeeded();
    JsonNode report = run.report();
    assertThat(requestOf(report)).isEqualTo(BoundParameters.defaults(goal));
    assertThat(report.at("/connection/database").asText()).isEqualTo(empty);
    assertThat(report.at("/connection/maintenanceDatabases"))
        .extracting(JsonNode::asText)
        .containsExactly("postgres", "template1", empty);
    assertThat(report.at("/connection/role").isNull()).isTrue();
    assertThat(report.at("/connection/connectTimeoutMillis").asInt()).isEqualTo(10_000);
    assertThat(report.at("/connection/origins/database").asText()).isEqualTo("parameter url");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "terminate",
        "terminate-sessions",
        "list-sessions",
        "restart-server",
        "kill-processes",
        "diagnose"
      })
  void skipDoesNothingAtAll(String goal) throws SQLException {
    Build.Run run =
        build().property("pgkill.skip", "true").property("pgkill.nonsense", "x").run(goal);
    run.succeeded();
    assertThat(run.files()).isEmpty();
    assertThat(run.log().lines())
        .containsExactly(
            "info pgkill:" + goal + " is skipped: skip is true (in the POM, or pgkill.skip)");
    assertThat(bystander.alive()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"terminate", "terminate-sessions", "kill-processes"})
  void dryRunTouchesNobody(String goal) throws SQLException {
    JsonNode report = build().property("pgkill.dryRun", "true").run(goal).succeeded().report();
    assertThat(report.at("/verdict/status").asText()).isEqualTo("dryRun");
    assertThat(report.at("/statements")).isNotEmpty();
    assertThat(bystander.alive()).isTrue();
  }

  static Stream<Arguments> badValues() {
    Stream<Arguments> durations =
        Stream.of(
                "connectTimeout",
                "waitForServer",
                "watch",
                "watchFor",
                "minPreparedAge",
                "minSessionAge",
                "minTransactionAge",
                "minQueryAge",
                "minStateAge",
                "timeout",
                "quietPeriod",
                "drain",
                "readyTimeout")
            .map(name -> arguments(name, "5", "'5' is not a duration. " + SINCE_UNITS));
    Stream<Arguments> flags =
        Stream.of(
                "dryRun",
                "skip",
                "cancelFirst",
                "failIfDatabaseMissing",
                "keepClear",
                "rootBlockersOnly",
                "interruptMigrations",
                "failOnBlockers",
                "sudo",
                "affectOtherSessions",
                "failIfAny",
                "rollbackPrepared")
            .map(
                name ->
                    arguments(
                        name,
                        "yes",
                        "property pgkill."
                            + name
                            + " is 'yes', neither true nor false. Write true or false."));
    return Stream.of(durations, flags, Stream.of(othersThan())).flatMap(s -> s);
  }

  private static Arguments[] othersThan() {
    String pid = "Take one from the pid column of pgkill:list-sessions.";
    String address =
        "Write an IP address, a CIDR block such as 10.0.0.0/8, or local for the Unix socket; host"
            + " names are not looked up.";
    String expression =
        "Write /expression/. On the command line commas separate values, so an expression with a"
            + " comma belongs into the POM.";
    String hosts =
        "Write host names, IP addresses or CIDR blocks such as 10.0.0.0/8, separated by commas,"
            + " without ports and wildcards.";
    String names =
        "Write shop, shop.orders, or \"My Schema\".\"My.Table\": double quotes around names with"
            + " capitals, blanks, dots or other signs. On the command line commas separate values, so"
            + " a name with a comma belongs into the POM.";
    return new Arguments[] {
      arguments(
          "timeout",
          "PT-1S",
          "'PT-1S' is not between 0s and 365d. Write a duration such as 500ms, 30s or 5m."),
      arguments(
          "url",
          "http://localhost/app",
          "is not a PostgreSQL URL. Write jdbc:postgresql://host:5432/database or"
              + " postgresql://host:5432/database."),
      arguments(
          "serverId", "shop-bd", "settings.xml has no server 'shop-bd'. Did you mean shop-db?"),
      arguments(
          "connectionFrom",
          "hibernate",
          "'hibernate' is not a choice. Write flyway, liquibase or spring, or flyway:ID or liquibase:ID"
              + " with the id of an execution."),
      arguments(
          "database",
          "jdbc:postgresql://localhost/app",
          "is a URL, not a name. Put the URL into -Dpgkill.url."),
      arguments(
          "applicationNames",
          "/idea",
          "'/idea' opens a regular expression and does not close it. " + expression),
      arguments(
          "excludeApplicationNames",
          "//",
          "'//' opens a regular expression and does not close it. " + expression),
      arguments(
          "awaitLocks",
          "/flyway",
          "'/flyway' opens a regular expression and does not close it. " + expression),
      arguments(
          "awaitLocks",
          "flyway,0",
          "'0' is not a process id. Take one from the pid column of pgkill:list-sessions, or write"
              + " a name as a regular expression: /^0$/."),
      arguments("clientAddresses", "db1", "'db1' is not an address. " + address),
      arguments("excludeClientAddresses", "::1/129", "'::1/129' is not an address. " + address),
      arguments(
          "states",
          "idle,idel",
          "'idel' is not a state. Did you mean 'idle'? States are: active, idle, idle in"
              + " transaction, idle in transaction (aborted), fastpath function call, disabled."),
      arguments(
          "backendTypes",
          "checkpointer",
          "a checkpointer is not a session. It belongs to the server."),
      arguments("pids", "1,x", "'x' is not a process id. " + pid),
      arguments("pids", "0", "'0' is not a process id. " + pid),
      arguments(
          "holdingLocksOn", "shop,a.b.c", "'a.b.c' is neither a schema nor schema.table. " + names),
      arguments(
          "holdingLocksOn", "my-shop", "'my-shop' is neither a schema nor schema.table. " + names),
      arguments(
          "holdingLocksOn", "\"open", "'\"open' is neither a schema nor schema.table. " + names),
      arguments("maxSessions", "many", "'many' is not a whole number from 0 up. Write 0 or more."),
      arguments("maxSessions", "-1", "'-1' is not a whole number from 0 up. Write 0 or more."),
      arguments(
          "allowedHosts",
          "*.example.org",
          "'*.example.org' is neither a host nor a CIDR block. " + hosts),
      arguments(
          "closeWith",
          "lock",
          "'lock' is none of the choices. Write one of: auto, revoke, connection-limit,"
              + " allow-connections, none."),
      arguments("signal", "HUP", "'HUP' is none of the choices. Write one of: term, kill."),
      arguments(
          "escalate",
          "restart",
          "'restart' is none of the choices. Write one of: none, kill-processes."),
      arguments(
          "reopen",
          "later",
          "'later' is none of the choices. Write one of: immediately, build-end, never."),
      arguments(
          "restartWith",
          "reboot",
          "'reboot' is none of the choices. Write one of: auto, systemctl, service, brew,"
              + " pg_ctlcluster, pg_ctl, docker, patroni, command."),
      arguments(
          "shutdownMode",
          "slow",
          "'slow' is none of the choices. Write one of: smart, fast, immediate."),
      arguments(
          "restartCommand",
          "reboot",
          "restartWith=auto does not run it. Say -Dpgkill.restartWith=command, or leave it out."),
      arguments(
          "intent",
          "destroy",
          "'destroy' is none of the choices. Write one of: drop, clean, alter, template, restart."),
      arguments(
          "sort",
          "size",
          "'size' is no order. Write one of: age, transaction-age, query-age, state-age, waiting,"
              + " pid, user, application, client, state; with - in front it is reversed."),
      arguments("format", "xml", "'xml' is none of the choices. Write one of: table, json, csv."),
      arguments("watch", "50ms", "'50ms' is too short. Write 100ms or more."),
      arguments(
          "watchFor",
          "1m",
          "it says how long to watch, and nothing asks for that. Add -Dpgkill.watch=2s, or leave it"
              + " out."),
      arguments("output", "/", "'/' is a directory. Name a file in it."),
      arguments(
          "preparedGid",
          "^order",
          "it says which prepared transactions to roll back, and nothing asks for that. Add"
              + " -Dpgkill.rollbackPrepared=true, or leave it out."),
      arguments(
          "rollbackPrepared",
          "true",
          "it does not roll back just any prepared transaction: a branch of it may be committed"
              + " elsewhere already. Say which: -Dpgkill.preparedGid=<regular expression>, such as"
              + " ^order-service."),
      arguments("limit", "0", "'0' is not a whole number from 1 up. Write 1 or more."),
      arguments("limit", "all", "'all' is not a whole number from 1 up. Write 1 or more."),
    };
  }

  @ParameterizedTest(name = "{0}={1}")
  @MethodSource("badValues")
  void aBadValueIsRefusedAndNobodyTouched(String name, String value, String text)
      throws SQLException {
    List<String> goals =
        DescriptorTest.CONTRACT.entrySet().stream()
            .filter(goal -> goal.getValue().contains(name))
            .map(Map.Entry::getKey)
            // a goal that only looks asks no guard
            .filter(goal -> !(name.equals("allowedHosts") && ONLY_LOOKING.contains(goal)))
            .toList();
    assertThat(goals).isNotEmpty();
    for (String goal : goals) {
      Path place = directory.resolve(goal);
      place.toFile().mkdir();
      Build.Run run = build(place).server(shopServer()).property("pgkill." + name, value).run(goal);
      assertThat(run.failure()).isInstanceOf(MojoFailureException.class);
      String where = "127.0.0.1:" + SERVER.port() + ", database " + database + ": ";
      assertThat(run.message().replace(where, "")).isEqualTo("parameter " + name + ": " + text);
      assertThat(run.report().at("/verdict/status").asText()).isEqualTo("failure");
      assertThat(run.report().at("/verdict/summary").asText()).startsWith("parameter " + name);
      assertThat(run.report().at("/statements")).isEmpty();
    }
    assertThat(bystander.alive()).isTrue();
  }

  static Stream<Arguments> valuesThatTheServerRefuses() {
    return Stream.of(
        arguments("queryPattern", "(", "parameter queryPattern: "),
        arguments("excludeQueryPattern", "[", "parameter excludeQueryPattern: "),
        arguments("applicationNames", "/*/", "parameter applicationNames: "),
        arguments("excludeApplicationNames", "/(/", "parameter excludeApplicationNames: "),
        arguments("awaitLocks", "/(/", "parameter awaitLocks: "),
        arguments("awaitRoles", "postgres", "parameter awaitRoles: nobody is awaited"),
        arguments(
            "holdingLocksOn",
            "publik",
            "parameter holdingLocksOn: there is no schema publik in the database; nothing was"
                + " touched. Did you mean public?"),
        arguments("role", "nobody_at_all", "nobody_at_all"),
        arguments("maintenanceDatabase", "no_such_db", "\"no_such_db\" does not exist"),
        arguments("database", "no_such_db", "there is no database no_such_db on this server"),
        arguments("user", "nobody_at_all", "role \"nobody_at_all\" does not exist"));
  }

  @ParameterizedTest(name = "{0}={1}")
  @MethodSource("valuesThatTheServerRefuses")
  void aValueThatTheServerRefusesTouchesNobody(String name, String value, String text)
      throws SQLException {
    for (String goal : DescriptorTest.CONTRACT.keySet()) {
      if (!DescriptorTest.CONTRACT.get(goal).contains(name)) {
        continue;
      }
      Path place = directory.resolve(goal);
      place.toFile().mkdir();
      Build.Run run = build(place).property("pgkill." + name, value).run(goal);
      assertThat(run.failure()).isInstanceOf(MojoFailureException.class);
      assertThat(run.message()).startsWith("127.0.0.1:" + SERVER.port()).contains(text);
      assertThat(run.report().at("/verdict/status").asText()).isEqualTo("failure");
      assertThat(run.report().at("/verdict/remarks")).isNotEmpty();
    }
    assertThat(bystander.alive()).isTrue();
  }

  @Test
  void wordsAreReadInAnyCaseAndWithBlanksAround() {
    build()
        .property("pgkill.dryRun", "TRUE")
        .property("pgkill.closeWith", "None")
        .property("pgkill.states", "Idle, ACTIVE")
        .property("pgkill.timeout", " 5S ")
        .run("terminate")
        .succeeded();
    build(directory)
        .property("pgkill.sort", "-Age")
        .property("pgkill.format", "CSV")
        .run("list-sessions")
        .succeeded();
  }

  private Build build() {
    return build(directory);
  }

  private static Build build(Path place) {
    return Build.withoutPom(place)
        .property("pgkill.url", SERVER.jdbcUrl(database))
        .property("pgkill.user", TestServer.SUPERUSER);
  }

  private static Server shopServer() {
    Server server = new Server();
    server.setId("shop-db");
    server.setUsername("not this one");
    return server;
  }

  private static String liquibasePom() {
    return Build.pom(
        "",
        "<plugins><plugin><groupId>org.liquibase</groupId>"
            + "<artifactId>liquibase-maven-plugin</artifactId><version>5.0.4</version>"
            + "<configuration><url>"
            + SERVER.jdbcUrl("postgres")
            + "</url></configuration></plugin></plugins>");
  }

  private static void assertConnectionOfShop(JsonNode report) {
    JsonNode connection = report.get("connection");
    assertThat(connection.get("server").asText()).isEqualTo("127.0.0.1:" + SERVER.port());
    assertThat(connection.get("database").asText()).isEqualTo(database);
    assertThat(connection.get("user").asText()).isEqualTo("postgres");
    assertThat(connection.get("role").asText()).isEqualTo("postgres");
    assertThat(connection.get("connectTimeoutMillis").asInt()).isEqualTo(5_000);
    assertThat(connection.get("waitForServerMillis").asInt()).isEqualTo(2_000);
    assertThat(connection.at("/origins/password").asText()).isEqualTo("parameter password");
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> requestOf(JsonNode report) {
    assertThat(ReportSchema.violations(report)).isEmpty();
    return new ObjectMapper().convertValue(report.get("request"), LinkedHashMap.class);
  }
}
