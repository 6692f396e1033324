package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.codehaus.plexus.util.ReflectionUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How executions end: each in Maven's terms, in one line that names the place and the remedy, and
 * with exactly one valid report that says the same.
 */
class OutcomeTest {

  private static final TestServer SERVER = TestServer.shared();
  private static final String HERE = "127.0.0.1:" + SERVER.port();

  private static String database;
  private static StubbornClients clients;
  private static StubbornClients.Client bystander;

  @TempDir Path directory;

  @BeforeAll
  static void somebodyIsConnected() throws SQLException {
    database = SERVER.createDatabase();
    clients = StubbornClients.of(SERVER, database);
    bystander = clients.idle();
  }

  @AfterAll
  static void end() throws SQLException {
    clients.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"terminate", "terminate-sessions", "kill-processes"})
  void successIsReported(String goal) throws SQLException {
    String own = SERVER.createDatabase();
    try (StubbornClients victims = StubbornClients.of(SERVER, own)) {
      StubbornClients.Client victim = victims.idleInTransaction();
      Build.Run run =
          build()
              .property("pgkill.database", own)
              .property("pgkill.quietPeriod", "100ms")
              .run(goal);
      JsonNode report = valid(run.succeeded());
      assertThat(victim.alive()).isFalse();
      assertThat(report.at("/verdict/status").asText()).isEqualTo("success");
      assertThat(report.at("/counts/gone").asInt()).isEqualTo(1);
      assertThat(report.at("/goal").asText()).isEqualTo(goal);
      assertThat(report.at("/executionId").asText()).isEqualTo("default-cli");
      assertThat(run.log().lines("info")).contains("report: " + page(run));
    }
    assertThat(bystander.alive()).isTrue();
  }

  @Test
  void keepClearClosesNothing() throws SQLException {
    JsonNode report =
        valid(
            build()
                .property("pgkill.keepClear", "true")
                .property("pgkill.dryRun", "true")
                .run("terminate")
                .succeeded());
    assertThat(report.at("/lockout").isNull()).isTrue();
    assertThat(report.at("/statements"))
        .extracting(statement -> statement.get("text").asText())
        .noneMatch(text -> text.contains("DATABASE"));

    Build.Run refused =
        build()
            .property("pgkill.keepClear", "true")
            .property("pgkill.closeWith", "connection-limit")
            .run("terminate");
    assertThat(refused.message())
        .endsWith(
            "parameter closeWith: keepClear changes no privilege, so that the database cannot be"
                + " closed with connection-limit. Leave closeWith out, or leave keepClear out.");
    assertThat(bystander.alive()).isTrue();
  }

  @Test
  void theLockoutAndEveryStatementAreReported() throws SQLException {
    String own = SERVER.createDatabase();
    try (StubbornClients victims = StubbornClients.of(SERVER, own)) {
      StubbornClients.Client victim = victims.idleInTransaction();
      Build.Run run =
          build()
              .property("pgkill.database", own)
              .property("pgkill.closeWith", "connection-limit")
              .run("terminate");
      JsonNode report = valid(run.succeeded());
      String close = "ALTER DATABASE \"" + own + "\" CONNECTION LIMIT 0;";
      String open = "ALTER DATABASE \"" + own + "\" CONNECTION LIMIT -1;";
      assertThat(report.at("/lockout/closedWith").asText()).isEqualTo("connection-limit");
      assertThat(report.at("/lockout/closing")).extracting(JsonNode::asText).containsExactly(close);
      assertThat(report.at("/lockout/reopening")).extracting(JsonNode::asText).contains(open);
      assertThat(report.at("/lockout/outcome/words").asText())
          .isEqualTo("database " + own + " is open again");
      assertThat(Instant.parse(report.at("/lockout/reopenedAt").asText()))
          .isAfterOrEqualTo(Instant.parse(report.at("/lockout/closedAt").asText()));
      assertThat(report.at("/statements"))
          .allMatch(statement -> statement.get("executed").asBoolean())
          .extracting(statement -> statement.get("text").asText())
          .startsWith(close)
          .contains(open)
          .filteredOn(text -> text.contains("pg_terminate_backend"))
          .singleElement()
          .asString()
          .contains("pg_stat_get_activity(" + victim.pid() + ")");
      assertThat(run.log().lines("info")).noneMatch(line -> line.contains("pg_terminate_backend"));
      assertThat(page(run))
          .content()
          .contains("The lockout", "opened again at", "From signal to gone");
    }
  }

  @Test
  void whatOneGoalClosesAndAnotherOpensIsReportedByBoth() throws Exception {
    String own = SERVER.createDatabase();
    Build build =
        build()
            .property("pgkill.database", own)
            .property("pgkill.closeWith", "connection-limit")
            .property("pgkill.reopen", "never");
    JsonNode closed = valid(build.run("revoke-connect").succeeded());
    assertThat(closed.at("/lockout/closing")).hasSize(1);
    assertThat(closed.at("/lockout/reopenedAt").isNull()).isTrue();

    Build other =
        on(Build.withPom(Files.createDirectory(directory.resolve("other")), Build.pom("")));
    JsonNode opened =
        valid(other.property("pgkill.database", own).run("restore-connect").succeeded());
    assertThat(opened.at("/lockout/closedWith").asText()).isEqualTo("connection-limit");
    assertThat(opened.at("/lockout/reopen").asText()).isEqualTo("never");
    assertThat(opened.at("/lockout/closedAt").asText()).isNotEmpty();
    assertThat(opened.at("/lockout/reopening")).isNotEmpty();
    assertThat(opened.at("/statements"))
        .extracting(statement -> statement.get("text"))
        .containsExactlyElementsOf(opened.at("/lockout/reopening"));
  }

  @Test
  void listingIsReported() {
    JsonNode report = valid(build().run("list-sessions").succeeded());
    assertThat(report.at("/verdict/status").asText()).isEqualTo("success");
    assertThat(report.at("/listed/0/pid").asInt()).isEqualTo(bystander.pid());
  }

  @Test
  void anExecutionOfThePomIsReportedUnderItsId() {
    String pom =
        Build.pom(
            "<executions><execution><id>clear</id><phase>clean</phase>"
                + "<goals><goal>terminate</goal></goals>"
                + "<configuration><dryRun>true</dryRun></configuration>"
                + "</execution></executions>");
    Build.Run run =
        on(Build.withPom(directory, pom)).runExecution("terminate", "clear", "clean").succeeded();
    assertThat(valid(run).at("/executionId").asText()).isEqualTo("clear");
    assertThat(run.files().get(0).getParent()).isEqualTo(directory.resolve(".pgkill/reports"));
  }

  @Test
  void everyExecutionHasAReportOfItsOwn() {
    Build build = build().property("pgkill.dryRun", "true");
    assertThat(build.run("terminate").files()).hasSize(1);
    assertThat(build.run("terminate").files()).hasSize(2);
  }

  static Stream<Arguments> failures() {
    String app = ", database " + "%s";
    return Stream.of(
        arguments(
            "bad parameter",
            Map.of("pgkill.timeout", "soon"),
            HERE + app + ": parameter timeout: 'soon' is not a duration. Write 500ms"),
        arguments(
            "guard: host",
            Map.of("pgkill.url", "jdbc:postgresql://db.example.org/shop"),
            "db.example.org:5432, database shop: host \"db.example.org\" is not loopback. If it is this build's own server, add"
                + " -Dpgkill.allowedHosts=db.example.org"),
        arguments(
            "guard: protected",
            Map.of("pgkill.database", "postgres"),
            HERE
                + ", database postgres: database postgres is protected. Name the database to clear"
                + " with -Dpgkill.database=..., or, if this build really owns postgres, add"
                + " -Dpgkill.allowProtected=postgres"),
        arguments("guard: too many", Map.of("pgkill.maxSessions", "0"), HERE + app + ": "),
        arguments(
            "no such database",
            Map.of("pgkill.database", "no_such_database"),
            HERE
                + ", database no_such_database: there is no database no_such_database on this"
                + " server. "),
        arguments(
            "no such role",
            Map.of("pgkill.user", "nobody_at_all"),
            HERE + app + ": role \"nobody_at_all\" does not exist. Check user (nobody_at_all"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("failures")
  void whatTheUserCanMendIsABuildFailure(
      String what, Map<String, String> properties, String message) throws SQLException {
    Build.Run run = build().properties(properties).run("terminate");
    assertThat(run.failure()).isInstanceOf(MojoFailureException.class);
    assertToldOnce(run, message.formatted(database), "failure");
    assertThat(bystander.alive()).isTrue();
  }

  static Stream<Arguments> errors() {
    return Stream.of(
        arguments(
            "refused",
            "jdbc:postgresql://127.0.0.1:1/shop",
            "127.0.0.1:1, database shop: connection to 127.0.0.1:1 refused. Is the server running"
                + " there, and does it listen on TCP? -Dpgkill.waitForServer=30s waits for one that"
                + " is starting."),
        arguments(
            "unknown host",
            "jdbc:postgresql://no-such-host.invalid/shop",
            "no-such-host.invalid:5432, database shop: unknown host: no-such-host.invalid. Check the"
                + " host's name in the URL. -Dpgkill.waitForServer=30s waits for a server whose"
                + " name is not known yet."));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("errors")
  void aServerThatCannotBeReachedIsABuildError(String what, String url, String message) {
    Build.Run run =
        build()
            .property("pgkill.url", url)
            .property("pgkill.allowedHosts", "no-such-host.invalid")
            .run("terminate");
    assertThat(run.failure()).isInstanceOf(MojoExecutionException.class);
    assertThat(run.message()).isEqualTo(message);
    assertToldOnce(run, message, "error");
  }

  @Test
  void beforeTheServerIsKnownTheMessageNamesNone() {
    Build.Run run =
        Build.withoutPom(directory).property("pgkill.excludeSessionUser", "x").run("terminate");
    assertToldOnce(
        run,
        "parameter excludeSessionUser: no goal knows the property pgkill.excludeSessionUser. Did"
            + " you mean pgkill.excludeSessionUsers?",
        "failure");
  }

  @Test
  void aDefectOfOursIsNotHiddenAndHasAReport() throws Exception {
    AbstractPgkillMojo broken =
        new AbstractPgkillMojo() {
          @Override
          void run(ConnectionSettings settings, Console console, Journal journal) {
            throw new IllegalStateException("a defect");
          }
        };
    Build.Prepared prepared =
        build().prepare("terminate", "default-cli", MojoExecution.Source.CLI, null);
    set(broken, "session", prepared.session());
    set(broken, "project", prepared.project());
    set(broken, "mojoExecution", prepared.execution());
    set(broken, "url", SERVER.jdbcUrl(database));
    set(broken, "waitForServer", "0s");
    broken.setLog(new RecordingLog());
    Throwable thrown = null;
    try {
      broken.execute();
    } catch (IllegalStateException e) {
      thrown = e;
    }
    assertThat(thrown).hasMessage("a defect");
    JsonNode report = valid(new Build.Run(new RecordingLog(), null, build().files()));
    assertThat(report.at("/verdict/status").asText()).isEqualTo("error");
    assertThat(report.at("/verdict/summary").asText()).isEqualTo("the goal broke off unexpectedly");
  }

  /** The page beside the only report. */
  private static Path page(Build.Run run) {
    Path json = run.files().get(0);
    return json.resolveSibling(json.getFileName().toString().replaceFirst("json$", "html"));
  }

  private static void set(AbstractPgkillMojo goal, String name, Object value) throws Exception {
    var field = ReflectionUtils.getFieldByNameIncludingSuperclasses(name, goal.getClass());
    field.setAccessible(true);
    field.set(goal, value);
  }

  /** Maven prints the messages of all causes; ours is complete, and names no class. */
  private static void assertToldOnce(Build.Run run, String start, String status) {
    assertThat(run.message())
        .startsWith(start)
        .doesNotContain("\n")
        .doesNotContain("jdbc:")
        .doesNotContain("Exception")
        .doesNotContain("\tat ");
    assertThat(run.failure()).hasNoCause();
    assertThat(run.failure().getSuppressed()).singleElement().isInstanceOf(PgkillException.class);
    PgkillException ours = (PgkillException) run.failure().getSuppressed()[0];
    assertThat(ours.remedy()).isPresent();
    assertThat(run.message()).endsWith(ours.remedy().orElseThrow());
    assertThat(run.log().lines("debug"))
        .anyMatch(line -> line.contains(ours.getClass().getName() + ": " + ours.getMessage()));
    assertThat(page(run)).content().contains("<main>", "The whole report as JSON");
    JsonNode report = valid(run);
    assertThat(report.at("/verdict/status").asText()).isEqualTo(status);
    assertThat(report.at("/verdict/summary").asText()).isEqualTo(ours.getMessage());
    assertThat(report.at("/verdict/remarks/0").asText()).isEqualTo(ours.remedy().orElseThrow());
  }

  private static JsonNode valid(Build.Run run) {
    assertThat(ReportSchema.violations(run.report())).isEmpty();
    return run.report();
  }

  private Build build() {
    return on(Build.withoutPom(directory));
  }

  private static Build on(Build build) {
    return build
        .property("pgkill.url", SERVER.jdbcUrl(database))
        .property("pgkill.user", TestServer.SUPERUSER);
  }
}
