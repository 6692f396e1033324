package io.github.pgkill.job.restart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.host.RestartWith;
import io.github.pgkill.model.host.ShutdownMode;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.Jvm;
import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.Needs;
import io.github.pgkill.testing.RecordedConsole;
import io.github.pgkill.testing.StandInPrograms;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A build that is interrupted while its restart has stopped the server and not started it yet. */
@EnabledOnOs(OS.LINUX)
@Needs(Machine.SERVER_OF_ITS_OWNER)
@Tag("slow")
class RestartInterruptedTest {

  private static final int PATIENCE = 40;

  private static TestServer server;

  @TempDir Path directory;

  @BeforeAll
  static void start() throws SQLException {
    server = TestServer.startAsOwner(Map.of());
    server.execute("create database app");
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(ProcessHandle.allProcesses().flatMap(p -> p.info().commandLine().stream()))
        .noneMatch(line -> line.contains(directory.toString()));
  }

  @ParameterizedTest
  @CsvSource({"INT,false", "INT,true", "TERM,false", "TERM,true", "HUP,true"})
  void aCommandThatHasStoppedTheServerComesToItsEnd(String signal, boolean everybody)
      throws Exception {
    try (Build build = Build.running(server, 30, stopThenStart())) {
      Eventually.within(PATIENCE, () -> Files.exists(stopped()));
      build.signal(signal, everybody);
      Eventually.within(PATIENCE, () -> build.said("that is finished first, within 30s"));
      assertThat(build.process.isAlive()).isTrue();
      Files.createFile(go());
      assertThat(build.ended()).isTrue();
      assertThat(build.process.exitValue()).isGreaterThan(128);
      assertThat(build.lines).anyMatch(line -> line.contains("the server restarted in "));
    }
    assertRuns();
  }

  @ParameterizedTest
  @CsvSource({"INT,false", "INT,true", "TERM,false", "TERM,true"})
  void pgCtlStartsAgainWhatItStops(String signal, boolean everybody) throws Exception {
    long before = server.postmasterPid();
    try (StubbornClients clients = StubbornClients.of(server, "app")) {
      StubbornClients.Client client = clients.idle();
      try (Build build = Build.running(server, 30, List.of())) {
        build.awaitStopping();
        build.signal(signal, everybody);
        Eventually.within(PATIENCE, () -> build.said("that is finished first"));
        client.connection().close();
        assertThat(build.ended()).isTrue();
        assertThat(build.lines).anyMatch(line -> line.contains("the server restarted in "));
      }
    }
    assertRuns();
    assertThat(server.postmasterPid()).isNotEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM"})
  void whatDiedWithTheBuildIsStartedByItsManager(String signal) throws Exception {
    try (StubbornClients clients = StubbornClients.of(server, "app")) {
      StubbornClients.Client client = clients.idle();
      try (Build build = Build.running(server, 30, List.of())) {
        build.awaitStopping();
        build.signal(signal, false);
        Eventually.within(PATIENCE, () -> build.said("that is finished first"));
        build.program("pg_ctl").orElseThrow().destroyForcibly();
        client.connection().close();
        assertThat(build.ended()).isTrue();
        assertThat(build.lines)
            .anyMatch(line -> line.contains("the server is down; running ") && restarts(line))
            .anyMatch(line -> line.contains("the server did restart all the same"));
      }
    }
    assertRuns();
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM"})
  void whatOnlyTheUserCanStartIsSaid(String signal) throws Exception {
    try (Build build = Build.running(server, 30, stopThenStart())) {
      Eventually.within(PATIENCE, () -> Files.exists(stopped()));
      build.signal(signal, false);
      Eventually.within(PATIENCE, () -> build.said("that is finished first"));
      build.program("sh").orElseThrow().destroyForcibly();
      assertThat(build.ended()).isTrue();
      assertThat(build.lines)
          .anyMatch(
              line ->
                  line.contains("the server is down")
                      && line.contains("Start it by hand; whether sh -c ")
                      && line.contains("may be run a second time, only you can know"));
    } finally {
      Files.createFile(go());
      server.resume();
    }
  }

  @Test
  void theEndOfTheBuildIsNotHeldUpForEver() throws Exception {
    try (Build build = Build.running(server, 2, stopThenStart())) {
      Eventually.within(PATIENCE, () -> Files.exists(stopped()));
      build.signal("TERM", false);
      assertThat(build.ended()).isTrue();
      assertThat(build.lines)
          .anyMatch(
              line ->
                  line.contains("is left to itself. If the server stays down: Start it by hand"));
    }
    Files.createFile(go());
    assertRuns();
  }

  @Test
  void theCommandOutlivesABuildThatIsKilled() throws Exception {
    try (Build build = Build.running(server, 30, stopThenStart())) {
      Eventually.within(PATIENCE, () -> Files.exists(stopped()));
      build.signal("KILL", true);
      assertThat(build.ended()).isTrue();
    }
    Files.createFile(go());
    assertRuns();
  }

  @Test
  void anInterruptedThreadFinishesItToo() throws Exception {
    RestartJob job =
        RestartJob.on(RestartInside.connection(server.port())).command(stopThenStart());
    CompletableFuture<Throwable> failure = new CompletableFuture<>();
    CompletableFuture<Boolean> flag = new CompletableFuture<>();
    Thread goal =
        new Thread(
            () -> {
              try {
                job.run();
                failure.complete(null);
              } catch (PgkillException e) {
                failure.complete(e);
              } finally {
                flag.complete(Thread.currentThread().isInterrupted());
              }
            });
    goal.start();
    Eventually.within(PATIENCE, () -> Files.exists(stopped()));
    goal.interrupt();
    Eventually.within(
        PATIENCE,
        () -> job.lines().stream().anyMatch(line -> line.contains("that is finished first")));
    Files.createFile(go());
    assertThat(failure.get(PATIENCE, TimeUnit.SECONDS))
        .isInstanceOf(PgkillError.class)
        .hasMessageContaining(
            "the build was interrupted; the restart that had begun was finished first: the server"
                + " restarted in");
    assertThat(flag.get(PATIENCE, TimeUnit.SECONDS)).isTrue();
    assertRuns();
  }

  @Test
  void whatStartsAServerThatStaysDownIsInTheFailure() throws Exception {
    Path settings = server.dataDirectory().resolve("postgresql.conf");
    String sound = Files.readString(settings);
    Files.writeString(settings, sound + "\nmax_connections = plenty\n");
    try {
      assertThatThrownBy(RestartJob.on(RestartInside.connection(server.port()))::run)
          .isInstanceOf(PgkillError.class)
          .hasMessageContaining("the server is down")
          .satisfies(
              e ->
                  assertThat(((PgkillException) e).remedy().orElseThrow())
                      .contains("Start it: ")
                      .matches(RestartInterruptedTest::restarts));
    } finally {
      Files.writeString(settings, sound);
      server.resume();
    }
  }

  private static boolean restarts(String line) {
    return line.contains("pg_ctl restart -D " + server.dataDirectory());
  }

  private static boolean accepts() {
    try {
      return server.query("select 1").size() == 1;
    } catch (SQLException e) {
      return false;
    }
  }

  private static void assertRuns() {
    Eventually.within(PATIENCE, RestartInterruptedTest::accepts);
  }

  private Path stopped() {
    return directory.resolve("stopped");
  }

  private Path go() {
    return directory.resolve("go");
  }

  /** Stops the server, waits until it may go on, talks meanwhile, and starts the server. */
  private List<String> stopThenStart() {
    String stop =
        StandInPrograms.quoted(
            server.command("pg_ctl", "stop", "-w", "-m", "fast", "-D" + server.dataDirectory()));
    String start =
        StandInPrograms.quoted(
            server.command(
                "pg_ctl",
                "start",
                "-w",
                "-D" + server.dataDirectory(),
                "-l" + server.dataDirectory().resolve("log.txt")));
    String script =
        "%s && touch %s && until [ -e %s ]; do echo waiting; sleep 0.1; done; exec %s"
            .formatted(stop, stopped(), go(), start);
    return List.of("sh", "-c", script);
  }

  /** Another JVM that restarts the server, first of its process group as in a terminal. */
  private record Build(Process process, List<String> lines, CountDownLatch heard)
      implements AutoCloseable {

    /**
     * @param command what restarts it; empty for a smart shutdown by pg_ctl
     */
    static Build running(TestServer server, int readySeconds, List<String> command)
        throws IOException {
      List<String> argv =
          new ArrayList<>(
              Jvm.command(
                  RestartInterruptedTest.class,
                  Integer.toString(server.port()),
                  Integer.toString(readySeconds)));
      // whoever runs the tests in the background, or by nohup, makes everybody ignore them
      argv.addAll(0, List.of("env", "--default-signal=HUP,INT,TERM", "setsid"));
      argv.addAll(command);
      Build build =
          new Build(
              new ProcessBuilder(argv).redirectErrorStream(true).start(),
              new CopyOnWriteArrayList<>(),
              new CountDownLatch(1));
      Thread reader = new Thread(build::read, "output of a build");
      reader.setDaemon(true);
      reader.start();
      return build;
    }

    private void read() {
      try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
        reader.lines().forEach(lines::add);
      } catch (IOException | UncheckedIOException e) {
        lines.add("[broke off]");
      } finally {
        heard.countDown();
      }
    }

    boolean said(String text) {
      return lines.stream().anyMatch(line -> line.contains(text));
    }

    /** Sends it as a terminal does, to everybody in the group, or to the JVM alone. */
    void signal(String name, boolean everybody) throws Exception {
      String target = (everybody ? "-" : "") + process.pid();
      assertThat(new ProcessBuilder("kill", "-" + name, "--", target).start().waitFor()).isZero();
    }

    /** Nobody connects before: it would be somebody whom the restart ends. */
    void awaitStopping() {
      Eventually.within(PATIENCE, () -> program("pg_ctl").isPresent());
      Eventually.within(PATIENCE, () -> !accepts());
    }

    /** The program of that name among its descendants. */
    Optional<ProcessHandle> program(String name) {
      return process
          .descendants()
          .filter(p -> p.info().command().orElse("").matches(".*/(ba|da)?" + name))
          .findFirst();
    }

    /** Whether it has ended, and all that it said was heard. */
    boolean ended() throws InterruptedException {
      return process.waitFor(PATIENCE, TimeUnit.SECONDS) && heard.await(PATIENCE, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  /** The build: takes a port, the seconds until the server must be ready, and a command. */
  public static void main(String[] args) {
    PrintStream out = System.out;
    RestartJob job =
        RestartJob.on(RestartInside.connection(Integer.parseInt(args[0])))
            .readyTimeout(Duration.ofSeconds(Long.parseLong(args[1])))
            .telling(
                new RecordedConsole(new ArrayList<>()) {
                  @Override
                  public void info(String line) {
                    out.println(line);
                  }

                  @Override
                  public void warn(String line) {
                    out.println("WARN " + line);
                  }
                });
    List<String> command = List.of(args).subList(2, args.length);
    try {
      RestartJob restart =
          command.isEmpty()
              ? job.with(RestartWith.PG_CTL).mode(ShutdownMode.SMART)
              : job.command(command);
      out.println(restart.run().verdict().summary());
    } catch (PgkillException e) {
      out.println("FAILED " + e.getMessage() + ". " + e.remedy().orElse(""));
    }
  }
}
