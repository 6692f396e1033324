package io.github.pgkill.job.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.job.phases.Runner;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.model.value.NamePattern;
import io.github.pgkill.report.Journal;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.ForeignForwarder;
import io.github.pgkill.testing.Foreigner;
import io.github.pgkill.testing.Looks;
import io.github.pgkill.testing.RecordedConsole;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.StubbornClients.Client;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The watcher of keepClear on a real server. Sessions of this build are those of this JVM; others
 * are of processes that are none of its children, with the same role, name and address.
 */
@Tag("slow")
class KeepClearTest {

  private static final TestServer SERVER = TestServer.shared();
  private static final String NAME = "PostgreSQL JDBC Driver";

  private String database;
  private StubbornClients build;
  private final List<Foreigner> foreigners = new ArrayList<>();
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final List<Journal> reports = new ArrayList<>();

  // what a test wants
  private UnaryOperator<SessionFilter.Builder> filter = UnaryOperator.identity();
  private UnaryOperator<TestConnection> connection = UnaryOperator.identity();
  private String role = TestServer.SUPERUSER;

  @BeforeEach
  void aBuildAndAPool() throws SQLException {
    assumeTrue(Files.isReadable(Path.of("/proc/self/net/tcp")), "only Linux tells whose it is");
    assumeTrue(ProcessHandle.current().pid() != 1, "orphans would be this JVM's children");
    database = SERVER.createDatabase();
    SERVER.execute(database, "create table wanted(); create table other()");
    build = StubbornClients.of(SERVER, database).as(role, NAME);
  }

  @AfterEach
  void end() throws SQLException {
    BuildWatches.endAll();
    foreigners.forEach(Foreigner::close);
    build.close();
  }

  @Test
  void aForeignerInTheWayIsEndedAndThisBuildsOwnNever() throws SQLException {
    Foreigner pool = foreigner(role);
    Foreigner another = foreigner(role);
    start();
    assertThat(pool.run("begin; lock table wanted")).isEqualTo("ok");
    Client migration = build.waitingForLock("wanted");
    Eventually.within(20, () -> !pool.alive());
    Eventually.within(20, () -> holds(migration.id()));

    // this build's migration holds the table now, and both another's session and its own want it
    Client own = build.waitingForLock("wanted");
    another.begin("begin; lock table wanted");
    Eventually.within(20, () -> waiting(another.id()) && waiting(own.id()));
    Looks.pass(SERVER);
    assertThat(migration.alive()).isTrue();
    assertThat(own.alive()).isTrue();
    assertThat(another.alive()).isTrue();

    BuildWatches.endAll();
    assertThat(results()).extracting(r -> r.session().pid()).containsExactly(pool.pid());
    assertThat(results()).extracting(r -> r.outcome().word()).containsExactly("gone");
    assertThat(reports.get(0).report().verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(lines)
        .anyMatch(line -> line.contains("1 session that blocked this build was terminated"));
  }

  @Test
  void whoOnlyLooksLikeThisBuildsMigrationIsInItsWay() throws SQLException {
    Foreigner pool = foreigner(role);
    pool.run("begin; lock table wanted");
    Client flyway = build.idle();
    try (Statement statement = flyway.connection().createStatement()) {
      statement.execute("select pg_advisory_lock(77431708279161)");
    }
    start();
    Client migration = build.waitingForLock("wanted");
    Eventually.within(20, () -> !pool.alive());
    assertThat(migration.alive() && flyway.alive()).isTrue();
  }

  @Test
  void anotherBuildsMigrationIsSpared() throws SQLException {
    Foreigner other = foreigner(role);
    other.run("select pg_advisory_lock(77431708279161)");
    other.run("begin; lock table wanted");
    start();
    build.waitingForLock("wanted");
    Looks.pass(SERVER);
    assertThat(other.alive()).isTrue();
    BuildWatches.endAll();
    assertThat(results()).extracting(r -> r.outcome().word()).containsExactly("excluded");
  }

  @Test
  void foreignersMayBlockEachOther() throws SQLException {
    Foreigner holder = foreigner(role);
    Foreigner waiter = foreigner(role);
    start();
    holder.run("begin; lock table wanted");
    waiter.begin("begin; lock table wanted");
    Eventually.within(20, () -> waiting(waiter.id()));
    Looks.pass(SERVER);
    assertThat(holder.alive()).isTrue();
    BuildWatches.endAll();
    assertThat(results()).isEmpty();
  }

  @Test
  void itEndsWithTheBuild() throws SQLException {
    start();
    assertThat(watchers()).hasSize(1);
    // those that made ready for it go
    Eventually.within(20, () -> ourConnections().size() == 1);
    BuildWatches.endAll();
    Eventually.within(20, () -> watchers().isEmpty());
    Eventually.within(20, () -> ourConnections().isEmpty());
    assertThat(reports).hasSize(1);
    assertThat(BuildWatches.isEmpty()).isTrue();

    Foreigner holder = foreigner(role);
    holder.run("begin; lock table wanted");
    build.waitingForLock("wanted");
    // nobody is there to look
    assertThat(holder.alive()).isTrue();
  }

  @Test
  void theSameWatchIsKeptOnce() {
    start();
    start();
    assertThat(watchers()).hasSize(1);
    filter = f -> f.pids(List.of(1));
    start();
    assertThat(watchers()).hasSize(2);
  }

  @Test
  void exclusionsWinAndFiltersRestrict() throws SQLException {
    Foreigner spared = foreigner(role);
    filter = f -> f.excludeSessionUsers(List.of(role));
    start();
    spared.run("begin; lock table wanted");
    build.waitingForLock("wanted");
    Looks.pass(SERVER);
    assertThat(spared.alive()).isTrue();

    filter = f -> f.sessionUsers(List.of("somebody else"));
    start();
    Looks.pass(SERVER);
    assertThat(spared.alive()).isTrue();
    BuildWatches.endAll();
    assertThat(results()).extracting(r -> r.outcome().word()).containsOnly("excluded");
  }

  @Test
  void otherRolesWaitingIsNotThisBuildsWaiting() throws SQLException {
    String app = SERVER.createRole("login");
    SERVER.execute(database, "grant all on wanted to " + app);
    Foreigner holder = foreigner(role);
    start();
    holder.run("begin; lock table wanted");
    build.as(app, NAME).waitingForLock("wanted");
    Looks.pass(SERVER);
    assertThat(holder.alive()).isTrue();
  }

  @Test
  void aRefusalIsToldOnceForARole() throws SQLException {
    String ci = SERVER.createRole("login in role pg_read_all_stats");
    SERVER.execute(database, "grant all on wanted, other to " + ci);
    Foreigner first = foreigner(TestServer.SUPERUSER);
    Foreigner second = foreigner(TestServer.SUPERUSER);
    connection = c -> c.as(ci);
    start();
    first.run("begin; lock table wanted");
    second.run("begin; lock table other");
    build.as(ci, NAME).waitingForLock("wanted");
    build.as(ci, NAME).waitingForLock("other");
    Eventually.within(20, () -> lines.stream().anyMatch(l -> l.contains("may not terminate")));
    Looks.pass(SERVER);
    assertThat(lines.stream().filter(l -> l.contains("may not terminate"))).hasSize(1);
    assertThat(first.alive() && second.alive()).isTrue();
    BuildWatches.endAll();
    assertThat(results()).extracting(r -> r.outcome().word()).containsOnly("refused").hasSize(2);
    assertThat(reports.get(0).report().verdict().status()).isEqualTo(Verdict.Status.FAILURE);
  }

  @Test
  void aLostConnectionIsToldOnceAndTakenUpAgain() throws SQLException {
    start();
    Eventually.within(20, () -> ourConnections().size() == 1);
    int ours = Integer.parseInt(ourConnections().get(0));
    SERVER.query("select pg_terminate_backend(?)", ours);
    Eventually.within(20, () -> lines.stream().anyMatch(l -> l.contains("is back")));
    assertThat(lines.stream().filter(l -> l.contains("lost the connection"))).hasSize(1);
    Foreigner holder = foreigner(role);
    holder.run("begin; lock table wanted");
    build.waitingForLock("wanted");
    Eventually.within(20, () -> !holder.alive());
  }

  @Test
  void whereAddressesAreTranslatedItIsRefusedOrToldByName() throws SQLException {
    try (ForeignForwarder forwarder = ForeignForwarder.to(SERVER)) {
      Foreigner holder = foreigner(role);
      holder.run("begin; lock table wanted");
      Client unnamed = build.as(TestServer.SUPERUSER, NAME).waitingForLock("wanted");
      connection = c -> c.at("127.0.0.1", forwarder.port());
      assertThatThrownBy(this::start)
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining(
              "keepClear cannot tell this build's own sessions from others (between this machine"
                  + " and the server addresses are translated); nothing was touched")
          .satisfies(
              e ->
                  assertThat(((PgkillFailure) e).remedy().orElseThrow())
                      .contains("-Dpgkill.excludeApplicationNames="));
      assertThat(watchers()).isEmpty();

      // its own connection is direct
      assertToldByName(holder, unnamed);
    }
  }

  @Test
  void overAUnixSocketItIsRefusedOrToldByName() throws SQLException {
    Foreigner holder = foreigner(role);
    holder.run("begin; lock table wanted");
    Client unnamed = build.as(TestServer.SUPERUSER, NAME).waitingForLock("wanted");
    connection = c -> c.at(SERVER.socketDirectory().toString(), SERVER.port());
    assertThatThrownBy(this::start)
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("we are connected over a Unix socket")
        .satisfies(
            e ->
                assertThat(((PgkillFailure) e).remedy().orElseThrow())
                    .contains("-Dpgkill.excludeApplicationNames=", "localhost by TCP"));
    assertThat(watchers()).isEmpty();

    // it came by TCP
    assertToldByName(holder, unnamed);
  }

  private void assertToldByName(Foreigner holder, Client unnamed) throws SQLException {
    filter = f -> f.excludeApplicationNames(List.of(new NamePattern("^Flyway", true)));
    start();
    build.as(role, "Flyway by Redgate").waitingForLock("wanted");
    Eventually.within(20, () -> !holder.alive());
    // not named, and seen to be this build's all the same
    assertThat(unnamed.alive()).isTrue();
    assertThat(lines).anyMatch(line -> line.contains("all others count as foreign"));
  }

  private void start() {
    RecordedConsole console = new RecordedConsole(lines);
    Journal journal = new Journal("keep-clear", "test", "test");
    ConnectionSettings settings = connection.apply(TestConnection.to(SERVER, database)).settings();
    GuardRails rails = new GuardRails(List.of(), List.of(), List.of(), List.of(), null);
    try (Admission admission = Admission.toClear(settings, rails, console, journal)) {
      KeepClear.Request request =
          new KeepClear.Request(
              filter.apply(SessionFilter.builder()).build(),
              new TerminationOptions(Duration.ofSeconds(10), null, Duration.ZERO, false, false),
              List.of(settings.user()),
              admission.maxSessions());
      KeepClear.Book book = new KeepClear.Book(journal, reports::add);
      DatabaseInfo target = admission.target(true).orElseThrow();
      new Runner(false, console)
          .run(List.of(new KeepClear(admission, target, request, book, console)));
    }
  }

  private Foreigner foreigner(String user) {
    Foreigner foreigner = Foreigner.start(SERVER, database, user, NAME);
    foreigners.add(foreigner);
    assertThat(ProcessHandle.current().descendants().map(ProcessHandle::pid))
        .doesNotContain(foreigner.process());
    return foreigner;
  }

  private List<SessionResult> results() {
    return reports.stream().flatMap(journal -> journal.report().results().stream()).toList();
  }

  private List<String> watchers() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.equals("pgkill-keep-clear-" + database))
        .toList();
  }

  private static List<String> ourConnections() throws SQLException {
    return SERVER.query("select pid from pg_stat_activity where application_name = 'pgkill'");
  }

  private static boolean waiting(SessionId id) throws SQLException {
    return !SERVER
        .query("select 1 from pg_locks where not granted and pid = ?", id.pid())
        .isEmpty();
  }

  private static boolean holds(SessionId id) throws SQLException {
    return !SERVER
        .query(
            "select 1 from pg_locks where granted and mode = 'AccessExclusiveLock' and pid = ?",
            id.pid())
        .isEmpty();
  }
}
