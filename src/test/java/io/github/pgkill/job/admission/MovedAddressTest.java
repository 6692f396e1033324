package io.github.pgkill.job.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.lockout.Closing;
import io.github.pgkill.job.lockout.LockoutJob;
import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.job.phases.Runner;
import io.github.pgkill.job.terminate.TerminateSessions;
import io.github.pgkill.job.terminate.TerminationExtras;
import io.github.pgkill.job.watch.AwaitLocks;
import io.github.pgkill.job.watch.BuildWatches;
import io.github.pgkill.job.watch.KeepClear;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.host.BuildStep;
import io.github.pgkill.model.host.BuildSteps;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.value.Program;
import io.github.pgkill.model.value.RelationName;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.MovableForwarder;
import io.github.pgkill.testing.RecordedConsole;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.StubbornClients.Client;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestServer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The address of a server is moved to another one while a goal runs, at each connection that the
 * goal opens: to a clone of the same base backup, which only its start tells from the original. On
 * the other server nothing may ever change.
 */
@Tag("slow")
class MovedAddressTest {

  private static final int MOST_CONNECTIONS = 12;

  /** Every other connection, another half in each run; 1 for all. */
  private static final int STEP = Integer.getInteger("pgkill.step", 3);

  /** Enough for those goals that drop theirs or leave it closed; the others share one. */
  private static final int DATABASES = 40;

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static TestServer original;
  private static TestServer clone;
  private static int used;

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Console console = new RecordedConsole(lines);

  @BeforeAll
  static void twoServersThatLookAlike() throws SQLException {
    original = TestServer.start(Map.of());
    original.execute("create database seed");
    original.execute("seed", "create table wanted(); create table done(what text)");
    for (int i = 0; i < DATABASES; i++) {
      original.execute("create database app_" + i + " template seed");
    }
    clone = TestServer.cloneOf(original);
  }

  @AfterAll
  static void end() {
    clone.close();
    original.close();
  }

  /** A goal that changes something, through that port. */
  private enum Goal {
    TERMINATE_SESSIONS {
      @Override
      void run(MovedAddressTest test, int port, String database) {
        test.terminate(port, database, test.wanted(), null, BuildSteps.NONE);
      }
    },
    TERMINATE {
      @Override
      void run(MovedAddressTest test, int port, String database) {
        test.terminate(
            port,
            database,
            SessionFilter.ALL_CLIENTS,
            closing(CloseWith.REVOKE, Reopen.IMMEDIATELY),
            steps());
      }
    },
    TERMINATE_SHUT {
      @Override
      void run(MovedAddressTest test, int port, String database) {
        test.terminate(
            port,
            database,
            SessionFilter.ALL_CLIENTS,
            closing(CloseWith.ALLOW_CONNECTIONS, Reopen.IMMEDIATELY),
            BuildSteps.NONE);
      }
    },
    TERMINATE_AND_KEEP_CLOSED {
      @Override
      void run(MovedAddressTest test, int port, String database) {
        test.terminate(
            port,
            database,
            SessionFilter.ALL_CLIENTS,
            closing(CloseWith.CONNECTION_LIMIT, Reopen.BUILD_END),
            BuildSteps.NONE);
      }
    },
    REVOKE_CONNECT {
      @Override
      void run(MovedAddressTest test, int port, String database) {
        LockoutJob.on(port, database).revoke();
      }
    },
    REVOKE_AND_RESTORE_CONNECT {
      @Override
      void run(MovedAddressTest test, int port, String database) {
        LockoutJob job = LockoutJob.on(port, database).with(CloseWith.CONNECTION_LIMIT);
        job.revoke();
        job.restore();
      }
    },
    DROP_DATABASE {
      @Override
      void run(MovedAddressTest test, int port, String database) {
        DropJobs.on(port, database).timeout(PATIENCE).drop();
      }

      @Override
      boolean drops() {
        return true;
      }
    },
    RECREATE_DATABASE {
      @Override
      void run(MovedAddressTest test, int port, String database) {
        DropJobs.on(port, database).timeout(PATIENCE).recreate();
      }

      @Override
      boolean drops() {
        return true;
      }
    },
    AWAIT_LOCKS {
      @Override
      void run(MovedAddressTest test, int port, String database) {
        test.awaitLocks(port, database);
      }
    },
    KEEP_CLEAR {
      @Override
      void run(MovedAddressTest test, int port, String database) {
        test.keepClear(port, database);
      }
    };

    abstract void run(MovedAddressTest test, int port, String database);

    boolean drops() {
      return false;
    }

    static Closing closing(CloseWith way, Reopen when) {
      return new Closing(way, null, List.of(), when, PATIENCE, false);
    }

    static BuildSteps steps() {
      return new BuildSteps(
          List.of(step("beforeTerminate[1]", BuildStep.Place.TARGET)),
          List.of(
              step("afterTerminate[1]", BuildStep.Place.TARGET),
              step("afterTerminate[2]", BuildStep.Place.MAINTENANCE)));
    }

    private static BuildStep step(String name, BuildStep.Place place) {
      String sql =
          place == BuildStep.Place.TARGET
              ? "insert into done values ('" + name + "')"
              : "create table if not exists stepped(); comment on table stepped is 'stepped'";
      return new BuildStep.Sql(name, "", sql, place, PATIENCE);
    }
  }

  static Stream<Arguments> goals() {
    return Stream.of(Goal.values())
        .flatMap(goal -> Stream.of(Arguments.of(goal, false), Arguments.of(goal, true)));
  }

  @ParameterizedTest(name = "{0}, connections cut: {1}")
  @MethodSource("goals")
  void nothingIsDoneOnTheOtherServer(Goal goal, boolean cut) throws SQLException {
    int moves = 0;
    int connection = 2;
    while (connection <= MOST_CONNECTIONS && movedAt(goal, connection, cut)) {
      moves++;
      connection += moves == 1 ? 1 + ThreadLocalRandom.current().nextInt(STEP) : STEP;
    }
    assertThat(moves).as("connections after the first").isBetween(1, MOST_CONNECTIONS - 2);
  }

  /** Whether the goal opened so many connections at all. */
  private boolean movedAt(Goal goal, int connection, boolean cut) throws SQLException {
    String database = "app_" + used;
    lines.clear();
    List<String> before = state(original, database);
    List<String> theirs = state(clone, database);
    try (StubbornClients here = StubbornClients.of(original, database);
        StubbornClients there = StubbornClients.of(clone, database);
        MovableForwarder forward = MovableForwarder.to(original).movingTo(clone, connection)) {
      here.idle();
      Client bystander = there.holdingLock("wanted");
      if (cut) {
        forward.cutting();
      }
      List<PgkillException> failures = failuresOf(goal, forward, database);

      String what = goal + ", moved at connection " + connection + ": " + failures + lines;
      assertThat(bystander.alive()).as(what).isTrue();
      assertThat(state(clone, database)).as(what).isEqualTo(theirs);
      assertThat(clone.queryIn(database, "select what from done")).as(what).isEmpty();
      if (!failures.isEmpty() || !goal.drops()) {
        assertGivenBackOrSaid(database, before, failures, what);
      }
      if (goal.drops() || !state(original, database).equals(before)) {
        used++;
      }
      if (forward.moved() == 0) {
        assertThat(failures).as(what).isEmpty();
      }
      return forward.moved() > 0;
    }
  }

  private List<PgkillException> failuresOf(Goal goal, MovableForwarder forward, String database) {
    List<PgkillException> failures = new ArrayList<>();
    try {
      goal.run(this, forward.port(), database);
    } catch (PgkillException e) {
      failures.add(e);
    }
    BuildWatches.endAll();
    failures.addAll(BuildLockouts.openAll(console));
    return failures;
  }

  private static void assertGivenBackOrSaid(
      String database, List<String> before, List<PgkillException> failures, String what)
      throws SQLException {
    List<String> now = new ArrayList<>(state(original, database));
    now.removeIf(line -> isNamed(line, failures));
    if (now.equals(before)) {
      return;
    }
    assertThat(failures.stream().flatMap(MovedAddressTest::words))
        .as(what)
        .anyMatch(
            words ->
                words.contains("database " + database + " may still be closed on server")
                    || words.contains("database " + database + " is recreated, but the old one"));
  }

  /** An unfinished database that the goal could not reach any more. */
  private static boolean isNamed(String line, List<PgkillException> failures) {
    String name = line.substring(line.indexOf(' ') + 1);
    return name.startsWith("pgkill_new")
        && failures.stream()
            .flatMap(MovedAddressTest::words)
            .anyMatch(words -> words.contains(name + " could not be dropped"));
  }

  private static Stream<String> words(Throwable failure) {
    return Stream.concat(
        Stream.of(String.valueOf(failure.getMessage())),
        Stream.of(failure.getSuppressed()).flatMap(MovedAddressTest::words));
  }

  /** All that a goal could change: databases, the door of one, and what steps leave. */
  private static List<String> state(TestServer server, String database) throws SQLException {
    List<String> state =
        new ArrayList<>(
            server.query(
                "select oid || ' ' || datname from pg_database where datname = ? or datname like"
                    + " 'pgkill%' order by 1",
                database));
    state.addAll(AccessState.of(server, database));
    if (server == clone) {
      state.addAll(server.query("select relname::text from pg_class where relname = 'stepped'"));
    }
    return state;
  }

  private SessionFilter wanted() {
    return SessionFilter.builder()
        .holdingLocksOn(List.of(RelationName.parse("holdingLocksOn", "public.wanted")))
        .build();
  }

  private void terminate(
      int port, String database, SessionFilter filter, Closing closing, BuildSteps steps) {
    new TerminateSessions(console, new Journal("terminate", "test", "test"))
        .run(
            new TerminateSessions.Request(
                connection(port, database).settings(),
                rails(),
                filter,
                options(),
                closing,
                new TerminationExtras(null, null, steps, null, List.of(), null),
                true));
  }

  private void awaitLocks(int port, String database) {
    new AwaitLocks(console, new Journal("terminate-sessions", "test", "test"))
        .run(
            new AwaitLocks.Request(
                connection(port, database).settings(),
                rails(),
                Program.parse("awaitLocks", List.of("flyway")),
                List.of(),
                wanted(),
                options(),
                true));
  }

  private void keepClear(int port, String database) {
    Journal journal = new Journal("terminate", "test", "test");
    ConnectionSettings settings = connection(port, database).settings();
    try (Admission admission = Admission.toClear(settings, rails(), console, journal)) {
      KeepClear.Request request =
          new KeepClear.Request(
              wanted(), options(), List.of(settings.user()), admission.maxSessions());
      KeepClear.Book book = new KeepClear.Book(journal, later -> {});
      DatabaseInfo target = admission.target(true).orElseThrow();
      new Runner(false, console)
          .run(List.of(new KeepClear(admission, target, request, book, console)));
    }
  }

  private static TerminationOptions options() {
    return new TerminationOptions(
        Duration.ofMillis(700), Duration.ofMillis(50), Duration.ZERO, false, false);
  }

  private static GuardRails rails() {
    return new GuardRails(List.of(), List.of(), List.of(), List.of(), null);
  }

  private static TestConnection connection(int port, String database) {
    return TestConnection.to(original, database).at("127.0.0.1", port);
  }
}
