package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.stream.Stream;
import org.apache.maven.settings.Server;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Nothing of ours shows a password, whichever way it came in and however the goal ends: no log line
 * at any level, no stream, no exception in the whole chain, no report, no process argument.
 */
class GoalSecretsTest {

  private static final String PASSWORD = "hunter2";
  private static final String ROLE = "secretive";

  private static TestServer server;
  private static String database;

  private final Logger root = Logger.getLogger("");
  private final Logger driver = Logger.getLogger("org.postgresql");
  private final Recorder recorder = new Recorder();
  private final ByteArrayOutputStream streams = new ByteArrayOutputStream();
  private final PrintStream out = System.out;
  private final PrintStream err = System.err;

  @TempDir Path directory;
  @TempDir Path home;

  @BeforeAll
  static void startServerThatAsksForPasswords() throws SQLException {
    server =
        TestServer.start(Map.of(), List.of("host all " + ROLE + " 127.0.0.1/32 scram-sha-256"));
    server.execute(
        "create role "
            + ROLE
            + " login in role pg_signal_backend, pg_read_all_stats"
            + " password '"
            + PASSWORD
            + "'");
    database = server.createDatabase();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void listen() {
    root.addHandler(recorder);
    driver.setLevel(Level.ALL);
    PrintStream both = new PrintStream(streams, true, StandardCharsets.UTF_8);
    System.setOut(both);
    System.setErr(both);
  }

  @AfterEach
  void stopListening() {
    System.setOut(out);
    System.setErr(err);
    driver.setLevel(null);
    root.removeHandler(recorder);
  }

  /** How the password comes in. */
  enum Way {
    PARAMETER {
      @Override
      Build give(Build build, String target, Path home) {
        return build
            .property("pgkill.url", "jdbc:postgresql://" + target)
            .property("pgkill.user", ROLE)
            .property("pgkill.password", PASSWORD);
      }
    },
    URL_PARAMETER {
      @Override
      Build give(Build build, String target, Path home) {
        return build.property(
            "pgkill.url",
            "jdbc:postgresql://" + target + "?user=" + ROLE + "&password=" + PASSWORD);
      }
    },
    LIBPQ_URI {
      @Override
      Build give(Build build, String target, Path home) {
        return build.property("pgkill.url", "postgresql://" + ROLE + ":" + PASSWORD + "@" + target);
      }
    },
    SERVER_ID {
      @Override
      Build give(Build build, String target, Path home) {
        Server entry = new Server();
        entry.setId("db");
        entry.setUsername(ROLE);
        entry.setPassword(PASSWORD);
        return build
            .server(entry)
            .property("pgkill.serverId", "db")
            .property("pgkill.url", "jdbc:postgresql://" + target);
      }
    },
    PASSWORD_FILE {
      @Override
      Build give(Build build, String target, Path home) throws IOException {
        Path file = passwordFile(home);
        return build.property(
            "pgkill.url", "postgresql://" + ROLE + "@" + target + "?passfile=" + file);
      }
    },
    SERVICE_FILE {
      @Override
      Build give(Build build, String target, Path home) throws IOException {
        Path file = home.resolve("services");
        Files.writeString(file, "[db]\nuser=" + ROLE + "\npassword=" + PASSWORD + "\n");
        return build.property(
            "pgkill.url", "postgresql://" + target + "?service=db&servicefile=" + file);
      }
    };

    abstract Build give(Build build, String target, Path home) throws IOException;
  }

  @ParameterizedTest
  @EnumSource
  void whenTheGoalSucceeds(Way way) throws IOException {
    String target = "127.0.0.1:" + server.port() + "/" + database;
    for (String goal : List.of("terminate", "list-sessions")) {
      Build.Run run = way.give(Build.withoutPom(directory), target, home).run(goal);
      // the password did come in this way: the server asks for it
      run.succeeded();
      assertNothingTells(run);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whenTheServerRefusesOrIsNotThere(Way way) throws IOException {
    String port = Integer.toString(server.port());
    Map<String, String> endings =
        Map.of(
            "127.0.0.1:1/" + database, "connection to 127.0.0.1:1 refused",
            "no-such-host.invalid/" + database, "unknown host: no-such-host.invalid",
            "db.example.org/" + database, "is not loopback",
            "127.0.0.1:" + port + "/no_such_db", "there is no database no_such_db",
            "127.0.0.1:x" + port + "/" + database, "port");
    for (Map.Entry<String, String> ending : endings.entrySet()) {
      Build build = Build.withoutPom(directory);
      build.property("pgkill.allowedHosts", "no-such-host.invalid");
      Build.Run run = way.give(build, ending.getKey(), home).run("terminate");
      assertThat(run.message()).contains(ending.getValue());
      assertNothingTells(run);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whenThePasswordIsWrong(Way way) throws IOException, SQLException {
    server.execute("alter role " + ROLE + " password 'another'");
    try {
      String target = "127.0.0.1:" + server.port() + "/" + database;
      Build.Run run = way.give(Build.withoutPom(directory), target, home).run("terminate");
      assertThat(run.message())
          .contains("password authentication failed for user \"" + ROLE + "\"")
          .contains("Give the password of user " + ROLE);
      assertNothingTells(run);
    } finally {
      server.execute("alter role " + ROLE + " password '" + PASSWORD + "'");
    }
  }

  @ParameterizedTest
  @EnumSource
  void whenAnotherParameterIsWrong(Way way) throws IOException {
    String target = "127.0.0.1:" + server.port() + "/" + database;
    for (Map.Entry<String, String> wrong :
        Map.of("timeout", "soon", "excludeSessionUser", "x", "dryRun", "yes", "database", "")
            .entrySet()) {
      Build build = way.give(Build.withoutPom(directory), target, home);
      Build.Run run = build.property("pgkill." + wrong.getKey(), wrong.getValue()).run("terminate");
      assertThat(run.message()).contains("parameter " + wrong.getKey());
      assertNothingTells(run);
    }
  }

  @Test
  void whenAStrangersQueryHoldsIt() throws SQLException {
    try (StubbornClients clients = StubbornClients.of(server, database)) {
      StubbornClients.Client client = clients.idle();
      try (Statement statement = client.connection().createStatement()) {
        statement.execute("alter role " + ROLE + " password '" + PASSWORD + "'");
      }
      // the driver tells the statements of this test's own client
      recorder.lines.clear();
      for (String goal : List.of("list-sessions", "terminate")) {
        Build.Run run =
            Build.withoutPom(directory)
                .property("pgkill.url", server.jdbcUrl(database))
                .property("pgkill.user", TestServer.SUPERUSER)
                .property("pgkill.quietPeriod", "0s")
                .run(goal)
                .succeeded();
        assertThat(run.files()).anyMatch(report -> read(report).contains("alter role"));
        assertNothingTells(run);
      }
    }
  }

  /** Variables cannot be set in this JVM, so another one runs the goals. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void whenItComesFromTheEnvironment() throws Exception {
    Process process = start(home, Map.of("PGPASSWORD", PASSWORD, "PGUSER", ROLE));
    assertGoalsTellNothing(process, "environment variable PGPASSWORD");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void whenItComesFromTheUsersPasswordFile() throws Exception {
    passwordFile(home);
    Process process = start(home, Map.of("PGUSER", ROLE));
    assertGoalsTellNothing(process, "password file " + home.resolve(".pgpass"));
  }

  private void assertGoalsTellNothing(Process process, String origin) throws Exception {
    List<String> arguments = new ArrayList<>();
    Eventually.within(
        20,
        () -> {
          arguments.addAll(argumentsOf(process));
          return arguments.contains(GoalsInAProcess.class.getName());
        });
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(said).contains("terminate: success").contains("refused");
    assertThat(said).contains("no goal started a process");
    // a JSON report and a page for each goal, the index with its lines, and what keeps git away
    assertThat(contents(directory)).hasSize(9).anyMatch(report -> report.contains(origin));
    assertThat(said).doesNotContain(PASSWORD);
    assertThat(arguments).noneMatch(argument -> argument.contains(PASSWORD));
    assertThat(contents(directory)).noneMatch(report -> report.contains(PASSWORD));
  }

  private Process start(Path userHome, Map<String, String> variables) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Duser.home=" + userHome,
                GoalsInAProcess.class.getName(),
                directory.toString(),
                server.jdbcUrl(database))
            .redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
    builder.environment().put("HOME", userHome.toString());
    // not as an argument: of a long command line the operating system shows none
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.environment().putAll(variables);
    return builder.start();
  }

  private static List<String> argumentsOf(Process process) {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants())
        .flatMap(handle -> Arrays.stream(handle.info().arguments().orElse(new String[0])))
        .toList();
  }

  private static Path passwordFile(Path home) throws IOException {
    Path file = home.resolve(".pgpass");
    Files.writeString(file, "*:*:*:" + ROLE + ":" + PASSWORD + "\n");
    if (!OS.WINDOWS.isCurrentOs()) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
    return file;
  }

  private void assertNothingTells(Build.Run run) {
    System.out.flush();
    List<String> texts = new ArrayList<>(run.log().lines());
    assertThat(texts).isNotEmpty();
    texts.addAll(recorder.lines);
    texts.add(streams.toString(StandardCharsets.UTF_8));
    texts.addAll(chain(run.failure()));
    texts.addAll(contents(directory));
    run.files().forEach(file -> texts.add(file.toString()));
    assertThat(run.files()).isNotEmpty();
    assertThat(texts).noneMatch(text -> text.contains(PASSWORD));
  }

  /** What {@code mvn -e} prints: the stack trace with all that is caused and suppressed. */
  private static List<String> chain(@Nullable Throwable failure) {
    if (failure == null) {
      return List.of();
    }
    StringWriter trace = new StringWriter();
    failure.printStackTrace(new PrintWriter(trace, true));
    return List.of(trace.toString(), failure.toString());
  }

  private static List<String> contents(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).map(GoalSecretsTest::read).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Everything that is said to java.util.logging, the driver's own lines among it. */
  private static final class Recorder extends Handler {

    private final List<String> lines = new ArrayList<>();

    Recorder() {
      setLevel(Level.ALL);
    }

    @Override
    public synchronized void publish(LogRecord line) {
      lines.add(new SimpleFormatter().format(line) + Arrays.toString(line.getParameters()));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
