package io.github.pgkill.host.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.model.sessions.ProcessSignal;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Which processes of a server are its backends, and what is neither. */
@EnabledOnOs(OS.LINUX)
class BackendsTest {

  private static final TestServer SERVER = TestServer.shared();

  private static Backends backends() {
    return LocalServer.in(SERVER.dataDirectory().toString()).backends();
  }

  @Test
  void onlyItsClientsBackendsAreBackends() throws SQLException {
    Backends backends = backends();
    try (StubbornClients clients = StubbornClients.of(SERVER, "postgres")) {
      int pid = clients.idle().pid();
      assertThat(backends.inspect(pid)).isInstanceOf(BackendProcess.class);
      assertThat(backends.all()).extracting(BackendProcess::pid).contains(pid);
    }
    assertThat(backends.inspect((int) SERVER.postmasterPid()))
        .isInstanceOf(Inspected.Stranger.class);
    assertThat(backends.inspect((int) ProcessHandle.current().pid()))
        .isInstanceOf(Inspected.Stranger.class);
    assertThat(backends.inspect(4_194_999)).isInstanceOf(Inspected.Gone.class);
    for (String pid :
        SERVER.query("select pid from pg_stat_activity where backend_type <> 'client backend'")) {
      assertThat(backends.inspect(Integer.parseInt(pid))).isNotInstanceOf(BackendProcess.class);
    }
  }

  @Test
  void aHeldProcessThatIsGoneIsNotSignalled() throws SQLException {
    BackendProcess held;
    try (StubbornClients clients = StubbornClients.of(SERVER, "postgres")) {
      held = (BackendProcess) backends().inspect(clients.idle().pid());
    }
    Eventually.within(20, () -> !held.alive());
    assertThat(held.signal(ProcessSignal.TERM)).isEqualTo(BackendProcess.Sent.GONE);
    assertThat(held.signal(ProcessSignal.KILL)).isEqualTo(BackendProcess.Sent.GONE);
  }

  @Test
  void parentAndStartMustDoWhereTheSystemShowsNoMore() throws Exception {
    Backends backends =
        LocalServer.of(PostmasterFile.in(SERVER.dataDirectory()), Path.of("/nowhere")).backends();
    assertThat(backends.showTitles()).isFalse();
    try (StubbornClients clients = StubbornClients.of(SERVER, "postgres")) {
      Inspected found = backends.inspect(clients.idle().pid());
      assertThat(((BackendProcess) found).title()).isEmpty();
    }
    assertThat(backends.inspect((int) ProcessHandle.current().pid()))
        .isInstanceOf(Inspected.Stranger.class);
  }

  @Test
  void theCheckpointerIsFoundByItsTitle() {
    assertThat(backends().checkpointerStart()).isPresent();
  }
}
