package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.pgkill.maven.build.MojoConsole;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code list-sessions} shows, in every format, in the log and in files. */
class ListSessionsTest {

  private static final TestServer SERVER = TestServer.shared();

  @TempDir Path directory;
  @TempDir Path outputs;

  private String database;
  private StubbornClients clients;

  @BeforeEach
  void database() throws SQLException {
    database = SERVER.createDatabase();
    clients = StubbornClients.of(SERVER, database);
  }

  @AfterEach
  void end() throws SQLException {
    clients.close();
  }

  @Test
  void theOrderIsTheOneAskedFor() throws SQLException {
    String ann = SERVER.createRole("login");
    List<Integer> pids =
        List.of(
            clients.idleInTransaction().pid(),
            clients.as(ann, "b").idle().pid(),
            clients.as("postgres", "a").idle().pid());
    assertThat(listed("age")).containsExactlyElementsOf(pids);
    assertThat(listed("-age")).containsExactly(pids.get(2), pids.get(1), pids.get(0));
    assertThat(listed("transaction-age").get(0)).isEqualTo(pids.get(0));
    assertThat(listed("application")).containsExactly(pids.get(2), pids.get(1), pids.get(0));
    assertThat(listed("user")).containsExactly(pids.get(0), pids.get(2), pids.get(1));
    List<Integer> sorted = new ArrayList<>(pids);
    sorted.sort(null);
    assertThat(listed("pid")).containsExactlyElementsOf(sorted);
  }

  @Test
  void whoWaitsComesFirst() throws SQLException {
    SERVER.execute(database, "create table wanted(n int)");
    clients.holdingLock("wanted");
    int waiter = clients.waitingForLock("wanted").pid();
    clients.idle();
    assertThat(listed("waiting").get(0)).isEqualTo(waiter);
  }

  private List<Integer> listed(String sort) {
    Build.Run run = build().property("pgkill.sort", sort).run("list-sessions").succeeded();
    List<Integer> pids = new ArrayList<>();
    newest(run).get("listed").forEach(session -> pids.add(session.get("pid").asInt()));
    return pids;
  }

  /** Several runs share the directory here. */
  private static JsonNode newest(Build.Run run) {
    return run.files().stream()
        .map(file -> json(file))
        .max((a, b) -> a.get("startedAt").asText().compareTo(b.get("startedAt").asText()))
        .orElseThrow();
  }

  @Test
  void theLimitCutsRowsAndSaysHowMany() throws SQLException {
    List<StubbornClients.Client> idle = clients.idle(5);
    Build.Run table = build().property("pgkill.limit", "2").run("list-sessions").succeeded();
    List<String> lines = table.log().lines("info");
    assertThat(lines).contains("... and 3 more, of 5: -Dpgkill.limit=5 shows them all");
    assertThat(lines).filteredOn(l -> l.matches("\\s*\\d+  postgres  stubborn .*")).hasSize(2);
    assertThat(table.report().get("listed")).hasSize(5);
    Path file = outputs.resolve("some.csv");
    Build.Run csv =
        build()
            .property("pgkill.limit", "2")
            .property("pgkill.format", "csv")
            .property("pgkill.output", file.toString())
            .run("list-sessions")
            .succeeded();
    assertThat(csv.log().lines("warn"))
        .contains("... and 3 more, of 5: -Dpgkill.limit=5 shows them all");
    assertThat(records(file))
        .extracting(record -> record.get(0))
        .containsExactly(
            "pid", String.valueOf(idle.get(0).pid()), String.valueOf(idle.get(1).pid()));
  }

  @Test
  void csvIsReadBackAsItWasHoweverHostileTheText() throws SQLException {
    String application = "=cmd|'/c calc'!A1, \"x\"";
    String query =
        "select 1 -- \"quoted\", ;\r\n-- second line\n-- \u202e@SUM(1)\t\u00e4\ud83d\ude00";
    // a cell keeps its text, but no line of it may pass for another one
    String shown =
        "select 1 -- \"quoted\", ;  -- second line -- <U+202E>@SUM(1) \u00e4\ud83d\ude00";
    StubbornClients.Client client = clients.as("postgres", application).idle();
    try (Statement statement = client.connection().createStatement()) {
      statement.execute(query);
    }
    Path file = outputs.resolve("all.csv");
    Build.Run run =
        build()
            .property("pgkill.format", "CSV")
            .property("pgkill.output", file.toString())
            .run("list-sessions")
            .succeeded();
    List<List<String>> records = records(file);
    ObjectNode session = (ObjectNode) run.report().at("/listed/0");
    assertThat(session.remove("foreseen").isNull()).as("not a property of the session").isTrue();
    assertThat(records).hasSize(2);
    List<String> header = records.get(0);
    session
        .fieldNames()
        .forEachRemaining(
            name -> {
              JsonNode value = session.get(name);
              String text = value.isArray() || value.isNull() ? "" : value.asText();
              assertThat(records.get(1).get(header.indexOf(name)))
                  .as(name)
                  .isEqualTo(name.equals("query") ? shown : text);
            });
    assertThat(header).hasSize(session.size());
    assertThat(records.get(1).get(header.indexOf("applicationName"))).isEqualTo(application);
    assertThat(session.get("query").asText()).isEqualTo(query);
    Build.Run log = build().property("pgkill.format", "csv").run("list-sessions").succeeded();
    assertThat(log.log().lines("info"))
        .anyMatch(line -> line.startsWith("pid,backendStart,database,user,"))
        .anyMatch(line -> line.startsWith(client.pid() + ",") && line.contains("<U+202E>@SUM"))
        .noneMatch(line -> line.contains("\n"));
  }

  @Test
  void jsonIsTheReportInTheLogAndInAFile() throws SQLException {
    clients.idle(2);
    Path file = outputs.resolve("sessions.json");
    build()
        .property("pgkill.format", "json")
        .property("pgkill.output", file.toString())
        .run("list-sessions")
        .succeeded();
    Build.Run run = build().property("pgkill.format", "json").run("list-sessions").succeeded();
    String log = String.join("\n", run.log().lines("info"));
    JsonNode logged = parsed(log.substring(log.indexOf("{\n"), log.lastIndexOf("\n}") + 2));
    for (JsonNode document : List.of(json(file), logged)) {
      assertThat(ReportSchema.violations(document)).isEmpty();
      assertThat(document.get("listed")).hasSize(2);
      assertThat(document.at("/verdict/status").asText()).isEqualTo("success");
    }
  }

  @Test
  void aFileThatIsThereIsReplacedAndOneThatCannotBeIsAnError() throws Exception {
    clients.idle();
    Path file = Files.writeString(outputs.resolve("sessions.txt"), "old ".repeat(10_000));
    build().property("pgkill.output", file.toString()).run("list-sessions").succeeded();
    assertThat(Files.readString(file)).contains("pid  role  ").doesNotContain("old");
    Files.createDirectory(outputs.resolve("empty"));
    Path below = file.resolve("below-a-file");
    Build.Run run =
        Build.withoutPom(outputs.resolve("empty"))
            .property("pgkill.url", SERVER.jdbcUrl(database))
            .property("pgkill.user", TestServer.SUPERUSER)
            .property("pgkill.output", below.toString())
            .run("list-sessions");
    assertThat(run.failure()).isInstanceOf(MojoExecutionException.class);
    assertThat(run.message())
        .contains("cannot write " + below)
        .endsWith("Set pgkill.output to a file that this user may write.");
    assertThat(Files.readString(file)).contains("pid  role  ");
  }

  @Test
  void whereNoneMayBeItFailsWithTheirNames() throws SQLException {
    int pid = clients.idle().pid();
    Build build = build().property("pgkill.failIfAny", "true");
    Build.Run run = build.run("list-sessions");
    assertThat(run.failure()).isInstanceOf(MojoFailureException.class);
    assertThat(run.message())
        .contains("1 session of database " + database + " where none is expected")
        .contains("pid " + pid + " of postgres")
        .endsWith("or narrow the filters.");
    assertThat(run.report().at("/verdict/status").asText()).isEqualTo("failure");
    assertThat(run.report().get("listed")).hasSize(1);
    build.property("pgkill.states", "active").run("list-sessions").succeeded();
  }

  @Test
  void preparedTransactionsAndLockoutsAreShown() throws SQLException {
    String other = SERVER.createDatabase();
    try (Connection connection = SERVER.connect(database, TestServer.SUPERUSER);
        Statement statement = connection.createStatement()) {
      statement.execute("begin");
      statement.execute("create table wanted(n int)");
      statement.execute("prepare transaction 'shown " + database + "'");
    }
    for (String closed : List.of(database, other)) {
      build()
          .property("pgkill.database", closed)
          .property("pgkill.reopen", "never")
          .run("revoke-connect")
          .succeeded();
    }
    Build.Run run = build().run("list-sessions").succeeded();
    assertThat(run.log().lines("info"))
        .anyMatch(line -> line.contains("ROLLBACK PREPARED 'shown " + database + "';"))
        .anyMatch(
            line -> line.startsWith("database " + database + " is closed to new connections ("))
        .anyMatch(
            line ->
                line.startsWith("database " + other + " is closed to new connections (")
                    && line.endsWith(", to stay closed until pgkill:restore-connect"));
    JsonNode report = json(run.files().get(0));
    assertThat(report.at("/prepared/0/gid").asText()).isEqualTo("shown " + database);
    assertThat(report.at("/blockers/0/kind/code").asText()).isEqualTo("lockout");
    assertThat(report.at("/blockers/0/removal/words").asText())
        .isEqualTo("mvn pgkill:restore-connect -Dpgkill.database=" + database);
    for (String closed : List.of(database, other)) {
      build().property("pgkill.database", closed).run("restore-connect").succeeded();
    }
    SERVER.execute(database, "rollback prepared 'shown " + database + "'");
  }

  @Test
  void asManyRowsAsFitOnTheTerminal() {
    assertThat(MojoConsole.rows(null)).isEqualTo(40);
    assertThat(MojoConsole.rows("")).isEqualTo(40);
    assertThat(MojoConsole.rows("0")).isEqualTo(40);
    assertThat(MojoConsole.rows("50")).isEqualTo(36);
    assertThat(MojoConsole.rows("10")).isEqualTo(5);
  }

  private Build build() {
    return Build.withoutPom(directory)
        .property("pgkill.url", SERVER.jdbcUrl(database))
        .property("pgkill.user", TestServer.SUPERUSER);
  }

  private static JsonNode json(Path file) {
    try {
      return parsed(Files.readString(file));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static JsonNode parsed(String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What a reader by RFC 4180 makes of it, strictly. */
  private static List<List<String>> records(Path file) {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    List<List<String>> records = new ArrayList<>();
    List<String> record = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted && c == '"' && i + 1 < text.length() && text.charAt(i + 1) == '"') {
        field.append(c);
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (quoted) {
        field.append(c);
      } else if (c == ',' || text.startsWith("\r\n", i)) {
        record.add(field.toString());
        field.setLength(0);
        if (c != ',') {
          records.add(record);
          record = new ArrayList<>();
          i++;
        }
      } else {
        field.append(c);
      }
    }
    assertThat(quoted).isFalse();
    assertThat(field).isEmpty();
    assertThat(record).isEmpty();
    assertThat(IntStream.range(0, records.size()).map(i -> records.get(i).size()).distinct())
        .hasSize(1);
    return records;
  }
}
