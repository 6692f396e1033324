package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Steps of the build's own around the terminating, from the POM to the server and the host. */
class StepsTest {

  private static final TestServer SERVER = TestServer.shared();

  @TempDir private Path directory;

  private String database;
  private StubbornClients clients;
  private StubbornClients.Client victim;
  private String before;

  @BeforeEach
  void begin() throws SQLException {
    database = SERVER.createDatabase();
    SERVER.execute(database, "create table log (n serial, what text, alone boolean, door boolean)");
    SERVER.execute(
        database,
        "create function note(what text) returns void language sql as $$ insert into log (what,"
            + " alone, door) select what, not exists (select from pg_stat_activity where datname ="
            + " current_database() and application_name = 'victim'), exists (select from"
            + " pg_database where datname = current_database() and datacl is not null) $$");
    clients = StubbornClients.of(SERVER, database).as("postgres", "victim");
    victim = clients.idleInTransaction();
    before = AccessState.of(SERVER, database).toString();
  }

  @AfterEach
  void end() throws SQLException {
    clients.close();
  }

  @Test
  void stepsRunInOrderAroundTheTerminatingWhileTheDatabaseIsClosed() throws Exception {
    Files.writeString(
        directory.resolve("seed.sql"),
        "-- a comment; with a semicolon\nselect note('after 1');\ndo $$ begin perform note('after"
            + " 2; quoted'); end $$;\nbegin;\nselect note('rolled back');\nrollback;\n");

    JsonNode report =
        terminate(
                """
                <beforeTerminate>
                  <sql>select note('before')</sql>
                </beforeTerminate>
                <afterTerminate>
                  <sqlFile>seed.sql</sqlFile>
                  <sql><text>create role step_%1$s; drop role step_%1$s</text><database>maintenance</database></sql>
                  <step><sql>select note('after ? {d}')</sql><timeout>1m</timeout></step>
                </afterTerminate>
                """
                    .formatted(database))
            .succeeded()
            .report();

    assertThat(log())
        .containsExactly("before f t", "after 1 t t", "after 2; quoted t t", "after ? {d} t t");
    assertThat(report.at("/steps"))
        .extracting(step -> step.at("/name").asText() + " " + step.at("/status").asText())
        .containsExactly(
            "beforeTerminate[1] done",
            "afterTerminate[1] done",
            "afterTerminate[2] done",
            "afterTerminate[3] done");
    assertThat(victim.alive()).isFalse();
    assertOpen();
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the programs here are POSIX's")
  void programsGetWordsAndNeverAShellLine() throws Exception {
    Files.createDirectory(directory.resolve("work dir"));

    JsonNode report =
        terminate(
                """
                <afterTerminate>
                  <command>
                    <argv><arg>sh</arg><arg>-c</arg><arg>printf '%s|' "$@" "$GREETING" > out; exit 3</arg>
                      <arg>x</arg><arg>$(touch pwned); `id`</arg><arg>-rf</arg></argv>
                    <workingDirectory>work dir</workingDirectory>
                    <environment><GREETING>hello there</GREETING></environment>
                    <successCodes><successCode>0</successCode><successCode>3</successCode></successCodes>
                    <timeout>1m</timeout>
                  </command>
                  <command><arg>true</arg></command>
                </afterTerminate>
                """)
            .succeeded()
            .report();

    assertThat(directory.resolve("work dir/out"))
        .hasContent("$(touch pwned); `id`|-rf|hello there|");
    assertThat(report.at("/steps/0/exitCode").asInt()).isEqualTo(3);
    assertThat(report.at("/steps/1/what").asText()).isEqualTo("true");
    assertThat(report.toString()).doesNotContain("hello there");
  }

  @Test
  void aFailingStepBeforeStopsTheJobOpensTheDatabaseAndNamesItself() throws Exception {
    Build.Run run =
        terminate(
            """
            <beforeTerminate>
              <sql>select note('kept'); select 1/0; select note('never')</sql>
              <sql>select note('never')</sql>
            </beforeTerminate>
            <afterTerminate><sql>select note('never')</sql></afterTerminate>
            """);

    assertThat(run.failure())
        .hasMessageContaining(
            "beforeTerminate[1], statement 2 of 3 (select 1/0) failed: division by zero");
    assertThat(log()).containsExactly("kept f t");
    assertThat(victim.alive()).isTrue();
    assertThat(run.report().at("/steps/0/status").asText()).isEqualTo("failed");
    assertOpen();
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the programs here are POSIX's")
  void aFailingProgramAfterwardsLeavesTheResultsInTheReport() throws Exception {
    Build.Run run =
        terminate(
            """
            <afterTerminate>
              <command><argv><arg>sh</arg><arg>-c</arg><arg>echo broken pipe organ >&amp;2; exit 9</arg></argv></command>
              <sql>select note('never')</sql>
            </afterTerminate>
            """);

    assertThat(run.failure())
        .hasMessageContaining("afterTerminate[1] failed: sh -c ")
        .hasMessageContaining("ended with exit code 9; it said: broken pipe organ");
    assertThat(run.report().at("/counts/gone").asInt()).isEqualTo(1);
    assertThat(run.report().at("/verdict/status").asText()).isEqualTo("error");
    assertThat(log()).isEmpty();
    assertOpen();
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the programs here are POSIX's")
  void aProgramSpeaksInTheLogWithoutSecretsAndGivesNoOrders() throws Exception {
    Files.writeString(
        directory.resolve("speak"),
        """
        echo "as hunter2, with $API_TOKEN of $PLACE"
        printf 'red \\033[31m ##vso[task.complete]\\n' >&2
        """);
    Build.Run run =
        terminate(
                """
                <password>hunter2</password>
                <afterTerminate>
                  <command>
                    <argv><arg>sh</arg><arg>speak</arg></argv>
                    <environment><API_TOKEN>s3cret</API_TOKEN><PLACE>home</PLACE></environment>
                  </command>
                </afterTerminate>
                """)
            .succeeded();

    assertThat(run.log().lines())
        .anyMatch(line -> line.endsWith("afterTerminate[1]: as ***, with *** of home"))
        .anyMatch(line -> line.contains("afterTerminate[1]: red <U+001B>[31m "))
        .noneMatch(line -> line.contains("##vso["));
    assertThat(run.report().toString()).contains("with *** of home").doesNotContain("s3cret");
    assertThat(run.log().lines().toString() + run.report()).doesNotContain("hunter2");
  }

  @Test
  void aStepThatTakesTooLongIsEnded() throws Exception {
    Build.Run run =
        terminate(
            """
            <beforeTerminate>
              <sql><text>select pg_sleep(600)</text><timeout>3s</timeout></sql>
            </beforeTerminate>
            """);

    assertThat(run.failure()).hasMessageContaining("beforeTerminate[1], statement 1 of 1");
    assertThat(run.failure()).hasMessageContaining("statement timeout");
    assertOpen();
  }

  @Test
  void stepsHaveTheDatabaseToThemselvesAlsoWhenNobodyWasThere() throws Exception {
    clients.close();

    terminate("<afterTerminate><sql>select note('alone')</sql></afterTerminate>").succeeded();

    assertThat(log()).containsExactly("alone t t");
    assertOpen();
  }

  @Test
  void aDryRunShowsThemAndRunsNone() throws Exception {
    Build.Run run =
        terminate(
                """
                <dryRun>true</dryRun>
                <beforeTerminate><sql>select note('never')</sql></beforeTerminate>
                <afterTerminate><sql>create role x password 'hunter2'</sql>
                  <command><arg>no-such-program</arg><arg>a b</arg></command></afterTerminate>
                """)
            .succeeded();

    List<String> statements = new java.util.ArrayList<>();
    run.report()
        .at("/statements")
        .forEach(statement -> statements.add(statement.get("text").asText()));
    assertThat(statements)
        .containsSubsequence("select note('never')", "no-such-program 'a b'")
        .anyMatch(statement -> statement.startsWith("create role x password "));
    assertThat(statements.indexOf("select note('never')"))
        .isLessThan(indexOf(statements, "pg_terminate_backend"));
    assertThat(indexOf(statements, "pg_terminate_backend"))
        .isLessThan(statements.indexOf("no-such-program 'a b'"));
    assertThat(run.report().at("/steps"))
        .extracting(step -> step.at("/status").asText())
        .containsExactly("planned", "planned", "planned");
    assertThat(run.report().toString() + run.log().lines()).doesNotContain("hunter2");
    assertThat(log()).isEmpty();
    assertThat(victim.alive()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          <sql>\\connect other</sql> | a command of psql's own
          <sql>-- nothing</sql> | no statement in it
          <sqlFile>no-such.sql</sqlFile> | cannot read
          <step></step> | set but empty
          <step><timeout>1s</timeout></step> | says nothing to do
          <step><sql>select 1</sql><sqlFile>a</sqlFile></step> | more than one thing
          <sql><text>select 1</text><database>elsewhere</database></sql> | target, maintenance
          <sql><text>select 1</text><timeout>soon</timeout></sql> | soon
          <step><sql>select 1</sql><workingDirectory>x</workingDirectory></step> | for commands
          <command><arg>true</arg><database>target</database></command> | for statements
          <command><arg>true</arg><workingDirectory>no-such</workingDirectory></command> | not a directory
          <command><arg>true</arg><successCodes><c>x</c></successCodes></command> | whole number
          <command>rm -rf /</command> | no shell reads it
          <kommand><arg>true</arg></kommand> | arg
          """)
  void badStepsAreRefusedBeforeAnythingIsTouched(String step, String message) throws Exception {
    Build.Run run =
        terminate(
            "<beforeTerminate><sql>select note('never')</sql></beforeTerminate><afterTerminate>"
                + step
                + "</afterTerminate>");

    assertThat(run.failure()).isNotNull();
    assertThat(run.failure().toString() + cause(run.failure())).contains(message);
    assertThat(log()).isEmpty();
    assertThat(victim.alive()).isTrue();
    assertOpen();
  }

  @Test
  void aStepInsideIsRefusedWhereNobodyGetsIn() throws Exception {
    Build.Run run =
        terminate(
            "<closeWith>allow-connections</closeWith><afterTerminate><sql>select"
                + " 1</sql></afterTerminate>");

    assertThat(run.failure())
        .hasMessageContaining("allow-connections keeps everybody out")
        .hasMessageContaining("afterTerminate[1]");
    assertThat(victim.alive()).isTrue();
  }

  private Build.Run terminate(String configuration) {
    return Build.withPom(
            directory, Build.pom("<configuration>" + configuration + "</configuration>"))
        .property("pgkill.url", SERVER.jdbcUrl(database) + "?user=postgres")
        .run("terminate");
  }

  private static int indexOf(List<String> statements, String part) {
    for (int i = 0; i < statements.size(); i++) {
      if (statements.get(i).contains(part)) {
        return i;
      }
    }
    throw new AssertionError(part + " in " + statements);
  }

  private static String cause(Throwable failure) {
    return failure.getCause() == null ? "" : " " + failure.getCause() + cause(failure.getCause());
  }

  private List<String> log() throws SQLException, IOException {
    return SERVER.queryIn(database, "select concat_ws(' ', what, alone, door) from log order by n");
  }

  private void assertOpen() throws SQLException {
    assertThat(AccessState.of(SERVER, database).toString()).isEqualTo(before);
  }
}
