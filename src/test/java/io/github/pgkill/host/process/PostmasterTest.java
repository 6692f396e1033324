package io.github.pgkill.host.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.pgkill.model.GuardRefusal;
import io.github.pgkill.model.InvalidParameter;
import io.github.pgkill.model.PgkillFailure;
import io.github.pgkill.model.ProcessSignal;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Which process is a server, which are its backends, and what is neither. */
@EnabledOnOs(OS.LINUX)
class PostmasterTest {

  private static final TestServer SERVER = TestServer.shared();

  @TempDir Path directory;

  private static Instance real() {
    return Instance.in(SERVER.dataDirectory().toString());
  }

  /** A data directory whose file says so. */
  private Instance forged(long pid, Instant startedAt) throws IOException {
    Files.writeString(
        directory.resolve("postmaster.pid"),
        pid
            + "\n"
            + directory
            + "\n"
            + startedAt.getEpochSecond()
            + "\n"
            + SERVER.port()
            + "\n\nlocalhost\n  1 2\nready   \n");
    return Instance.in(directory.toString());
  }

  private static Instant startOf(long pid) {
    return ProcessHandle.of(pid).orElseThrow().info().startInstant().orElseThrow();
  }

  @Test
  void aRunningServerIsRecognised() {
    Postmaster postmaster = Postmaster.of(real());
    assertThat(postmaster.instance().pid()).isEqualTo(SERVER.postmasterPid());
    assertThat(postmaster.instance().port()).isEqualTo(SERVER.port());
    assertThat(postmaster.alive()).isTrue();
    assertThat(postmaster.checkpointerStart()).isPresent();
  }

  @Test
  void aProcessOfAnotherKindIsRefused() throws IOException {
    long ours = ProcessHandle.current().pid();
    Instance forged = forged(ours, startOf(ours));
    assertThatThrownBy(() -> Postmaster.of(forged))
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("process " + ours)
        .hasMessageContaining("java");
  }

  @Test
  void theServerOfAnotherDirectoryIsRefused() throws IOException {
    long pid = SERVER.postmasterPid();
    Instance forged = forged(pid, startOf(pid));
    assertThatThrownBy(() -> Postmaster.of(forged))
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("does not work in that directory");
  }

  @Test
  void aRecycledPidIsRefused() {
    Instance real = real();
    Instance stale =
        new Instance(
            real.dataDirectory(), real.pid(), real.startedAt().minusSeconds(60), real.port());
    assertThatThrownBy(() -> Postmaster.of(stale))
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("it began at");
  }

  @Test
  void aPidThatNobodyHasIsRefused() throws IOException {
    Instance forged = forged(4_194_999, Instant.now());
    assertThatThrownBy(() -> Postmaster.of(forged))
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("no such process");
  }

  @Test
  void aDirectoryThatItsServerCallsByAnotherNameIsRefused() throws IOException {
    Files.writeString(
        directory.resolve("postmaster.pid"), "1\n/var/lib/postgresql/data\n1700000000\n5432\n");
    assertThatThrownBy(() -> Instance.in(directory.toString()))
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("it runs in a container, or on another machine");
  }

  @Test
  void whatIsNoDataDirectoryIsRefused() throws IOException {
    assertThatThrownBy(() -> Instance.in("data"))
        .isInstanceOf(InvalidParameter.class)
        .hasMessageContaining("not an absolute path");
    assertThatThrownBy(() -> Instance.in(directory.toString()))
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("no server runs in data directory");
    for (String broken : List.of("", "12\n", "x\n" + directory + "\n1\n2\n")) {
      Files.writeString(directory.resolve("postmaster.pid"), broken);
      assertThatThrownBy(() -> Instance.in(directory.toString()))
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("is not one of a running server");
    }
    Files.writeString(directory.resolve("postmaster.pid"), "-12\n" + directory + "\n1\n2\n");
    assertThatThrownBy(() -> Instance.in(directory.toString()))
        .hasMessageContaining("a single-user backend holds it");
  }

  @Test
  void onlyItsClientsBackendsAreBackends() throws SQLException {
    Postmaster postmaster = Postmaster.of(real());
    try (StubbornClients clients = StubbornClients.of(SERVER, "postgres")) {
      int pid = clients.idle().pid();
      assertThat(postmaster.inspect(pid)).isInstanceOf(Inspected.Backend.class);
      assertThat(postmaster.backends()).extracting(BackendProcess::pid).contains(pid);
    }
    assertThat(postmaster.inspect((int) SERVER.postmasterPid()))
        .isInstanceOf(Inspected.Stranger.class);
    assertThat(postmaster.inspect((int) ProcessHandle.current().pid()))
        .isInstanceOf(Inspected.Stranger.class);
    assertThat(postmaster.inspect(4_194_999)).isInstanceOf(Inspected.Gone.class);
    for (String pid :
        SERVER.query("select pid from pg_stat_activity where backend_type <> 'client backend'")) {
      assertThat(postmaster.inspect(Integer.parseInt(pid)))
          .isNotInstanceOf(Inspected.Backend.class);
    }
  }

  @Test
  void aHeldProcessThatIsGoneIsNotSignalled() throws SQLException {
    Postmaster postmaster = Postmaster.of(real());
    BackendProcess held;
    try (StubbornClients clients = StubbornClients.of(SERVER, "postgres")) {
      held = ((Inspected.Backend) postmaster.inspect(clients.idle().pid())).process();
    }
    Eventually.within(20, () -> !held.alive());
    assertThat(held.signal(ProcessSignal.TERM)).isEqualTo(BackendProcess.Sent.GONE);
    assertThat(held.signal(ProcessSignal.KILL)).isEqualTo(BackendProcess.Sent.GONE);
  }

  @Test
  void parentAndStartMustDoWhereTheSystemShowsNoMore() throws SQLException {
    Postmaster postmaster = Postmaster.of(real(), new ProcessTable.Portable());
    assertThat(postmaster.showsTitles()).isFalse();
    try (StubbornClients clients = StubbornClients.of(SERVER, "postgres")) {
      Inspected found = postmaster.inspect(clients.idle().pid());
      assertThat(((Inspected.Backend) found).process().title()).isEmpty();
    }
    assertThat(postmaster.inspect((int) ProcessHandle.current().pid()))
        .isInstanceOf(Inspected.Stranger.class);
    Instance real = real();
    Instance stale =
        new Instance(
            real.dataDirectory(), real.pid(), real.startedAt().plusSeconds(60), real.port());
    assertThatThrownBy(() -> Postmaster.of(stale, new ProcessTable.Portable()))
        .isInstanceOf(GuardRefusal.class);
  }

  @Test
  void aServerInAnotherPidNamespaceIsRefused() throws Exception {
    List<String> contained = new ArrayList<>(List.of("unshare", "--user", "--pid", "--fork", "--"));
    assumeTrue(succeeds(contained, "true"), "this machine does not allow pid namespaces");
    try (TestServer own = TestServer.start(Map.of())) {
      own.stop();
      List<String> postgres = own.command("postgres", "-D", own.dataDirectory().toString());
      contained.addAll(postgres.subList(postgres.indexOf("--") + 1, postgres.size()));
      Process outside =
          new ProcessBuilder(contained)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      try {
        Eventually.within(30, () -> answers(own));
        Instance told = Instance.in(own.dataDirectory().toString());
        // the pid in the file is the container's
        assertThatThrownBy(() -> Postmaster.of(told)).isInstanceOf(PgkillFailure.class);
        ProcessHandle inside = server(outside).orElseThrow();
        Instance guessed =
            new Instance(told.dataDirectory(), inside.pid(), told.startedAt(), told.port());
        assertThatThrownBy(() -> Postmaster.of(guessed))
            .isInstanceOf(GuardRefusal.class)
            .hasMessageContaining("it runs in a container");
      } finally {
        server(outside).ifPresent(ProcessHandle::destroyForcibly);
        outside.waitFor();
        Files.deleteIfExists(own.dataDirectory().resolve("postmaster.pid"));
      }
    }
  }

  private static Optional<ProcessHandle> server(Process outside) {
    return outside.children().findFirst();
  }

  private static boolean answers(TestServer server) {
    try {
      return !server.query("select 1").isEmpty();
    } catch (SQLException e) {
      return false;
    }
  }

  private static boolean succeeds(List<String> prefix, String command) throws Exception {
    List<String> argv = new ArrayList<>(prefix);
    argv.add(command);
    return new ProcessBuilder(argv).start().waitFor() == 0;
  }
}
