package io.github.pgkill.host.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.server.InstanceInfo;
import io.github.pgkill.model.server.InstanceInfo.Serving;
import io.github.pgkill.testing.Jvm;
import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.Needs;
import io.github.pgkill.testing.TestServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server that answers is found among this host's processes and files, and never another one in
 * its place.
 */
@DisabledOnOs(OS.WINDOWS)
class LocalServerTest {

  private static final TestServer SERVER = TestServer.shared();

  @TempDir Path directory;
  private Connection connection;
  private InstanceInfo instance;
  private Serving serving;

  @BeforeEach
  void connect() throws SQLException {
    connection = SERVER.connect("postgres", TestServer.SUPERUSER);
    instance = LookedFor.told(SERVER.port(), SERVER.dataDirectory().toString(), connection);
    serving = instance.serving();
  }

  @AfterEach
  void disconnect() throws SQLException {
    connection.close();
  }

  @Test
  void isFoundByTheProcessThatServesUs() {
    LocalServer found = LocalServer.answering(instance, null);
    assertThat(found.postmaster().pid()).isEqualTo(SERVER.postmasterPid());
    assertThat(found.dataDirectory()).isEqualTo(SERVER.dataDirectory());
    assertThat(found.held()).isTrue();
    assertThat(found.backends().inspect(serving.pid())).isInstanceOf(BackendProcess.class);
  }

  @Test
  void aServersWordIsNotNeededToFindItsDataButToSignalItsProcesses() {
    LocalServer found = LocalServer.answering(in(null), null);
    assertThat(found.dataDirectory()).isEqualTo(SERVER.dataDirectory());
    assertThatThrownBy(found::backends)
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("does not tell this role where its data directory is");
    String named = SERVER.dataDirectory().toString();
    assertThat(LocalServer.answering(in(null), named).backends().all()).isNotEmpty();
  }

  @Test
  void aProcessOfAContainerIsNotOneOfOurs() {
    // as its server would tell it: some process here has that pid, too
    InstanceInfo container = serving((int) ProcessHandle.current().pid(), serving.client());
    assertThatThrownBy(() -> LocalServer.answering(container, null))
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("the server is not to be seen on this machine");
  }

  @Test
  void aServerOfAnotherStartIsAnother() {
    Instant earlier = instance.startedAt().minus(Duration.ofHours(1));
    InstanceInfo other =
        new InstanceInfo(
            "1", earlier, false, SERVER.port(), instance.dataDirectory(), serving, true, false);
    assertThatThrownBy(() -> LocalServer.answering(other, null))
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("is not provably the server in the URL: it began at ")
        .hasMessageContaining("the server at " + earlier);
  }

  @Test
  void aSessionOfAnotherStartIsNotOurs() {
    InstanceInfo other =
        with(
            new Serving(
                serving.pid(),
                Instant.now().minus(Duration.ofHours(1)),
                serving.role(),
                serving.database(),
                serving.client()));
    assertThatThrownBy(() -> LocalServer.answering(other, null))
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("the process with our session's pid began at ");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aSessionOfAnotherClientIsNotOurs() {
    InstanceInfo other = serving(serving.pid(), "127.0.0.1:1");
    assertThatThrownBy(() -> LocalServer.answering(other, null))
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("the process with our session's pid serves somebody else");
  }

  @Test
  void theDataDirectoryOfAnotherServerIsRefused() throws Exception {
    List<String> lines = Files.readAllLines(SERVER.dataDirectory().resolve("postmaster.pid"));
    lines.set(0, "1");
    lines.set(1, directory.toString());
    Files.write(directory.resolve("postmaster.pid"), lines);
    assertThatThrownBy(() -> LocalServer.answering(in(directory.toString()), null))
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("runs process 1 on port " + SERVER.port());
    assertThatThrownBy(() -> LocalServer.answering(instance, directory.toString()))
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("dataDirectory is " + directory + ", but the server's data is in ");
  }

  @Test
  void aDirectoryThatCanBeSeenMustBeTheOneOfARunningServer() {
    assertThatThrownBy(() -> LocalServer.answering(in(directory.toString()), null))
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("no server runs in data directory " + directory);
    assertThatThrownBy(() -> LocalServer.answering(instance, "data"))
        .isInstanceOf(InvalidParameter.class)
        .hasMessageContaining("not an absolute path");
  }

  /** Root without root's rights sees of another user's processes what everybody sees. */
  @Test
  @EnabledOnOs(OS.LINUX)
  @Needs(Machine.SERVER_OF_ITS_OWNER)
  void whatIsHiddenFromThisUserHindersOnlyWhoeverSignals() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "our own server hides nothing");
    try (TestServer others = TestServer.startAsOwner(Map.of())) {
      List<String> argv =
          new ArrayList<>(List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"));
      argv.addAll(
          Jvm.command(
              LookedFor.class,
              others.jdbcUrl("postgres"),
              Integer.toString(others.port()),
              others.dataDirectory().toString()));
      Process process = new ProcessBuilder(argv).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      String hidden = "this user may not read " + others.dataDirectory();
      assertThat(said.lines())
          .satisfiesExactly(
              line -> assertThat(line).isEqualTo("found " + others.postmasterPid()),
              line -> assertThat(line).startsWith("refused: " + hidden),
              line -> assertThat(line).startsWith("and " + hidden));
      process.waitFor();
    }
  }

  private InstanceInfo in(String dataDirectory) {
    return new InstanceInfo(
        "1", instance.startedAt(), false, SERVER.port(), dataDirectory, serving, true, false);
  }

  private InstanceInfo serving(int pid, String client) {
    return with(new Serving(pid, serving.startedAt(), serving.role(), serving.database(), client));
  }

  private InstanceInfo with(Serving other) {
    return new InstanceInfo(
        "1",
        instance.startedAt(),
        false,
        SERVER.port(),
        instance.dataDirectory(),
        other,
        true,
        false);
  }
}
