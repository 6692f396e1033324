package io.github.pgkill.host.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.server.InstanceInfo;
import io.github.pgkill.testing.ContainedServer;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Which process is the server of a data directory, whether it answers or not. */
@EnabledOnOs(OS.LINUX)
class LocalServerInDirectoryTest {

  private static final TestServer SERVER = TestServer.shared();

  @TempDir Path directory;

  private static PostmasterFile real() throws IOException {
    return PostmasterFile.in(SERVER.dataDirectory());
  }

  /** A data directory whose file says so. */
  private PostmasterFile forged(long pid, Instant startedAt) throws IOException {
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
    return PostmasterFile.in(directory);
  }

  private static LocalServer of(PostmasterFile file) {
    return LocalServer.of(file, HostProcess.PROC);
  }

  private static Instant startOf(long pid) {
    return ProcessHandle.of(pid).orElseThrow().info().startInstant().orElseThrow();
  }

  @Test
  void aRunningServerIsRecognised() {
    LocalServer server = LocalServer.in(SERVER.dataDirectory().toString());
    assertThat(server.postmaster().pid()).isEqualTo(SERVER.postmasterPid());
    assertThat(server.port()).isEqualTo(SERVER.port());
    assertThat(server.postmaster().alive()).isTrue();
  }

  @Test
  void aProcessOfAnotherKindIsRefused() throws IOException {
    long ours = ProcessHandle.current().pid();
    PostmasterFile forged = forged(ours, startOf(ours));
    assertThatThrownBy(() -> of(forged))
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("process " + ours)
        .hasMessageContaining("java");
  }

  @Test
  void theServerOfAnotherDirectoryIsRefused() throws IOException {
    long pid = SERVER.postmasterPid();
    PostmasterFile forged = forged(pid, startOf(pid));
    assertThatThrownBy(() -> of(forged))
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("it does not work in " + directory);
  }

  @Test
  void aRecycledPidIsRefused() throws IOException {
    PostmasterFile real = real();
    PostmasterFile stale =
        new PostmasterFile(
            real.dataDirectory(), real.pid(), real.startedAt().minusSeconds(60), real.port());
    assertThatThrownBy(() -> of(stale))
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("it began at");
    assertThatThrownBy(() -> LocalServer.of(stale, Path.of("/nowhere")))
        .as("where the system shows no more than starts and parents")
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("it began at");
  }

  @Test
  void aPidThatNobodyHasIsRefused() throws IOException {
    PostmasterFile forged = forged(4_194_999, Instant.now());
    assertThatThrownBy(() -> of(forged))
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("no such process");
  }

  @Test
  void aDirectoryThatItsServerCallsByAnotherNameIsRefused() throws IOException {
    Files.writeString(
        directory.resolve("postmaster.pid"), "1\n/var/lib/postgresql/data\n1700000000\n5432\n");
    assertThatThrownBy(() -> LocalServer.in(directory.toString()))
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("it runs in a container, or on another machine");
  }

  @Test
  void whatIsNoDataDirectoryIsRefused() throws IOException {
    assertThatThrownBy(() -> LocalServer.in("data"))
        .isInstanceOf(InvalidParameter.class)
        .hasMessageContaining("not an absolute path");
    assertThatThrownBy(() -> LocalServer.in(directory.toString()))
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("no server runs in data directory");
    for (String broken : List.of("", "12\n", "x\n" + directory + "\n1\n2\n")) {
      Files.writeString(directory.resolve("postmaster.pid"), broken);
      assertThatThrownBy(() -> LocalServer.in(directory.toString()))
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("is not one of a running server");
    }
    Files.writeString(directory.resolve("postmaster.pid"), "-12\n" + directory + "\n1\n2\n");
    assertThatThrownBy(() -> LocalServer.in(directory.toString()))
        .hasMessageContaining("a single-user backend holds it");
  }

  @Test
  void aServerInAnotherPidNamespaceIsRefused() throws Exception {
    try (ContainedServer contained = ContainedServer.start()) {
      TestServer inside = contained.server();
      PostmasterFile told = PostmasterFile.in(inside.dataDirectory());
      // the pid in the file is the container's
      assertThatThrownBy(() -> of(told)).isInstanceOf(PgkillFailure.class);
      PostmasterFile guessed =
          new PostmasterFile(told.dataDirectory(), contained.pid(), told.startedAt(), told.port());
      assertThatThrownBy(() -> of(guessed))
          .isInstanceOf(GuardRefusal.class)
          .hasMessageContaining("it runs in a container");
      try (Connection connection = inside.connect("postgres", TestServer.SUPERUSER)) {
        // as is the one of the process that serves us
        InstanceInfo itself =
            LookedFor.told(inside.port(), inside.dataDirectory().toString(), connection);
        assertThatThrownBy(() -> LocalServer.answering(itself, null))
            .isInstanceOf(GuardRefusal.class);
      }
    }
  }
}
