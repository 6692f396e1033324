package io.github.pgkill.host.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.host.command.CommandRunner;
import io.github.pgkill.host.command.Programs;
import io.github.pgkill.host.restart.PgCtl;
import io.github.pgkill.host.restart.RestartTarget;
import io.github.pgkill.host.restart.Tools;
import io.github.pgkill.model.InstanceInfo;
import io.github.pgkill.model.PgkillFailure;
import io.github.pgkill.model.ShutdownMode;
import io.github.pgkill.testing.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server is found among this host's processes and files, and never another one in its place. */
@DisabledOnOs(OS.WINDOWS)
class LocalServerTest {

  private static final TestServer SERVER = TestServer.shared();

  @TempDir Path directory;
  private Connection connection;
  private InstanceInfo instance;

  @BeforeEach
  void connect() throws SQLException {
    connection = SERVER.connect("postgres", TestServer.SUPERUSER);
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select (extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint,"
                    + " pg_backend_pid()")) {
      row.next();
      instance =
          new InstanceInfo(
              "1",
              row.getLong(1),
              false,
              SERVER.port(),
              SERVER.dataDirectory().toString(),
              row.getInt(2),
              false);
    }
  }

  @AfterEach
  void disconnect() throws SQLException {
    connection.close();
  }

  @Test
  void isFoundByTheProcessThatServesUs() {
    LocalServer found = LocalServer.find(instance, null);
    assertThat(found.postmaster().pid()).isEqualTo(SERVER.postmasterPid());
    assertThat(found.dataDirectory()).isEqualTo(SERVER.dataDirectory());
  }

  @Test
  void aServersWordIsNotNeededToFindItsData() {
    LocalServer found = LocalServer.find(with(instance.startedAtMicros(), null), null);
    assertThat(found.dataDirectory()).isEqualTo(SERVER.dataDirectory());
  }

  @Test
  void aProcessOfAContainerIsNotOneOfOurs() {
    // as its server would tell it: some process here has that pid, too
    InstanceInfo container =
        new InstanceInfo("1", 0, false, 5432, "/data", (int) ProcessHandle.current().pid(), false);
    assertThatThrownBy(() -> LocalServer.find(container, null))
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("the server is not to be seen on this machine");
  }

  @Test
  void aServerOfAnotherStartIsAnother() {
    long earlier = instance.startedAtMicros() - Duration.ofHours(1).toNanos() / 1000;
    assertThatThrownBy(
            () -> LocalServer.find(with(earlier, SERVER.dataDirectory().toString()), null))
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("but the server started at");
  }

  @Test
  void theDataDirectoryOfAnotherServerIsRefused() throws Exception {
    Path postmaster = SERVER.dataDirectory().resolve("postmaster.pid");
    List<String> lines = Files.readAllLines(postmaster);
    lines.set(0, "1");
    Files.write(directory.resolve("postmaster.pid"), lines);
    assertThatThrownBy(
            () -> LocalServer.find(with(instance.startedAtMicros(), directory.toString()), null))
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("runs process 1 at port " + SERVER.port());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/d/$(touch x)", "/d/`x`", "/d/\"", "/d/\\", "/d/a\nb"})
  void pgCtlIsGivenNoPathThatItsShellWouldRead(String path) {
    assertThatThrownBy(() -> pgCtl(Path.of(path)))
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("to a shell");
  }

  @Test
  void pgCtlNeedsToKnowWhereTheDataIs() {
    assertThatThrownBy(() -> pgCtl(null))
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("hides from this role where its data is")
        .satisfies(
            e ->
                assertThat(((PgkillFailure) e).remedy().orElse(""))
                    .contains("GRANT pg_read_all_settings", "-Dpgkill.dataDirectory"));
  }

  private PgCtl pgCtl(Path dataDirectory) {
    return new PgCtl(
        new Tools(new Programs(List.of()), new CommandRunner()),
        new RestartTarget(
            LocalServer.find(instance, null).postmaster(),
            dataDirectory,
            null,
            ShutdownMode.FAST,
            Duration.ofSeconds(5),
            false));
  }

  private InstanceInfo with(long startedAtMicros, String dataDirectory) {
    return new InstanceInfo(
        "1", startedAtMicros, false, SERVER.port(), dataDirectory, instance.backendPid(), false);
  }
}
