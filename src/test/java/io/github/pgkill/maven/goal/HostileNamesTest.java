package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Strangers name roles, databases, tables and transactions. Whatever a goal says of them, on its
 * way or as its end, is a line of its own words: no name starts another line, steers a terminal,
 * hides, or commands a build server.
 */
class HostileNamesTest {

  private static final TestServer SERVER = TestServer.shared();

  /** At most 63 bytes each, as names are. */
  private static final String ROLE = "r\n[INFO] BUILD SUCCESS\r\n##vso[x]\u001b[2J\u202e\u200bz";

  private static final String DATABASE =
      "d\n::add-mask::d\r\n[ERROR] ##[error]\u001b]0;\u2066\u200dz";
  private static final String TABLE = "t\n[INFO] ::set-output name=a::\u009b1A##teamcity[z";
  private static final String GID =
      "g\n[INFO] BUILD SUCCESS\n::stop-commands::g\u0007\u2028##vso[g]z";

  private static Connection holder;
  private static Connection waiter;

  @TempDir Path directory;

  @BeforeAll
  static void nameThem() throws SQLException {
    SERVER.execute("create role " + name(ROLE) + " superuser login");
    SERVER.execute("create database " + name(DATABASE) + " owner " + name(ROLE));
    SERVER.execute(
        "comment on database " + name(DATABASE) + " is 'c\n[INFO] BUILD SUCCESS\n::add-mask::c'");
    holder = SERVER.connect(DATABASE, ROLE, "app ##vso[a] ::add-mask::a");
    run(holder, "create table " + name(TABLE) + " (id int)");
    run(
        holder,
        "begin; insert into " + name(TABLE) + " values (1); prepare transaction '" + GID + "'");
    run(holder, "begin; lock table " + name(TABLE) + " in row exclusive mode");
    waiter = SERVER.connect(DATABASE, ROLE, "waiter");
    run(waiter, "/* \u001b[2J\n[INFO] BUILD SUCCESS\n::add-mask::q \u202e ##vso[q] */ select 1");
  }

  @AfterAll
  static void dropThem() throws SQLException {
    holder.close();
    waiter.close();
    try (Connection connection = SERVER.connect(DATABASE, TestServer.SUPERUSER)) {
      run(connection, "rollback prepared '" + GID + "'");
    }
    SERVER.execute("drop database " + name(DATABASE));
    SERVER.execute("drop role " + name(ROLE));
  }

  private static String name(String raw) {
    return '"' + raw.replace("\"", "\"\"") + '"';
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  static Stream<Map<String, String>> goals() {
    return Stream.of(
        Map.of("goal", "list-sessions"),
        Map.of("goal", "list-sessions", "format", "json"),
        Map.of("goal", "list-sessions", "format", "csv"),
        Map.of("goal", "list-sessions", "format", "csv", "output", "list.csv"),
        Map.of("goal", "list-sessions", "output", "list.txt"),
        Map.of("goal", "list-sessions", "sessionUsers", ROLE, "failIfAny", "true"),
        Map.of("goal", "list-sessions", "database", DATABASE.replace("z", "y")),
        Map.of("goal", "diagnose"),
        Map.of("goal", "diagnose", "intent", "drop", "failOnBlockers", "true"),
        Map.of("goal", "diagnose", "intent", "restart"),
        Map.of("goal", "diagnose", "holdingLocksOn", "public." + TABLE),
        Map.of("goal", "terminate", "dryRun", "true"),
        Map.of("goal", "terminate", "dryRun", "true", "closeWith", "revoke", "admitRoles", ROLE),
        Map.of("goal", "terminate", "closeWith", "allow-connections", "maxSessions", "1"),
        Map.of("goal", "terminate-sessions", "dryRun", "true"),
        Map.of("goal", "terminate-sessions", "protectedDatabases", DATABASE),
        Map.of("goal", "terminate-sessions", "queryPattern", "("),
        Map.of("goal", "terminate-sessions", "excludeSessionUsers", ROLE),
        Map.of("goal", "terminate-sessions", "role", "x" + ROLE),
        Map.of("goal", "revoke-connect", "dryRun", "true"),
        Map.of("goal", "restore-connect"),
        Map.of("goal", "drop-database", "dryRun", "true"),
        Map.of("goal", "drop-database"),
        Map.of("goal", "recreate-database", "dryRun", "true"),
        Map.of("goal", "kill-processes", "dryRun", "true"),
        Map.of("goal", "restart-server", "dryRun", "true"),
        // the last one ends them
        Map.of("goal", "terminate-sessions", "rollbackPrepared", "true", "preparedGid", "nothing"));
  }

  @ParameterizedTest
  @MethodSource("goals")
  void noNameIsMoreThanAName(Map<String, String> parameters) throws IOException {
    Build build =
        Build.withoutPom(directory)
            .property("pgkill.url", SERVER.jdbcUrl("postgres"))
            .property("pgkill.user", TestServer.SUPERUSER)
            .property("pgkill.database", DATABASE);
    parameters.forEach(
        (parameter, value) -> {
          if (parameter.equals("output")) {
            build.property("pgkill.output", directory.resolve(value).toString());
          } else if (!parameter.equals("goal")) {
            build.property("pgkill." + parameter, value);
          }
        });

    Build.Run run = build.run(parameters.get("goal"));

    List<String> said = new ArrayList<>(run.log().lines("info"));
    said.addAll(run.log().lines("warn"));
    said.addAll(run.log().lines("error"));
    said.add(run.message());
    assertThat(said).as(said.toString()).allSatisfy(line -> assertPlain(line, ""));
    // stack traces have lines of their own, which begin with a class or "at"
    run.log().lines("debug").forEach(text -> assertPlain(text, "\n\t\r"));
    assertThat(run.causes()).allSatisfy(line -> assertPlain(line, ""));
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        boolean page = file.toString().endsWith(".html");
        assertCharacters(Files.readString(file), page ? "\n\t" : "\r\n");
        if (!page) {
          assertLines(Files.readString(file));
        }
      }
    }
  }

  @Test
  void theyAreStillTold() {
    Build.Run run =
        Build.withoutPom(directory)
            .property("pgkill.url", SERVER.jdbcUrl("postgres"))
            .property("pgkill.user", TestServer.SUPERUSER)
            .property("pgkill.database", DATABASE)
            .run("diagnose")
            .succeeded();
    assertThat(String.join("\n", run.log().lines("info")))
        .contains("d<U+000A>", "r<U+000A>[INFO]", "<U+001B>", "<U+202E>");
  }

  private static void assertPlain(String text, String allowed) {
    assertCharacters(text, allowed);
    assertLines(text);
    assertThat(text).doesNotContain("::add-mask::", "::stop-commands::");
  }

  private static void assertCharacters(String text, String allowed) {
    assertThat(text.codePoints().filter(c -> allowed.indexOf(c) < 0))
        .as(text)
        .noneMatch(
            c ->
                Character.isISOControl(c)
                    || Character.getType(c) == Character.FORMAT
                    || Character.getType(c) == Character.LINE_SEPARATOR);
  }

  /** Some build servers look for their commands everywhere in a line. */
  private static void assertLines(String text) {
    assertThat(text.lines())
        .as(text)
        .noneMatch(line -> line.strip().startsWith("[INFO] BUILD"))
        .noneMatch(line -> line.strip().startsWith("::"))
        .noneMatch(line -> line.contains("##vso[") || line.contains("##[error"))
        .noneMatch(line -> line.contains("##teamcity["));
  }
}
