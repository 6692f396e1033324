package io.github.pgkill.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/** A server that counts its processes as a container does: from 1 on, in a namespace of its own. */
public final class ContainedServer implements AutoCloseable {

  private static final List<String> CONTAINER =
      List.of("unshare", "--user", "--pid", "--fork", "--");

  private final TestServer server;
  private final Process outside;

  private ContainedServer(TestServer server, Process outside) {
    this.server = server;
    this.outside = outside;
  }

  /** Starts one, or skips the test where the machine does not allow it. */
  public static ContainedServer start() throws IOException {
    List<String> argv = new ArrayList<>(CONTAINER);
    argv.add("true");
    Assumptions.assumeTrue(Commands.succeeds(argv), "this machine does not allow pid namespaces");
    TestServer server = TestServer.start(Map.of());
    server.stop();
    List<String> postgres = server.command("postgres", "-D", server.dataDirectory().toString());
    List<String> contained = new ArrayList<>(CONTAINER);
    contained.addAll(postgres.subList(postgres.indexOf("--") + 1, postgres.size()));
    Process outside =
        new ProcessBuilder(contained)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    ContainedServer started = new ContainedServer(server, outside);
    Eventually.within(30, started::answers);
    return started;
  }

  /** It by its port and its files. */
  public TestServer server() {
    return server;
  }

  /** Its first process as this machine counts. */
  public long pid() {
    return outside.children().findFirst().orElseThrow().pid();
  }

  private boolean answers() {
    try {
      return !server.query("select 1").isEmpty();
    } catch (SQLException e) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    try (server) {
      outside.children().forEach(ProcessHandle::destroyForcibly);
      outside.waitFor();
      Files.deleteIfExists(server.dataDirectory().resolve("postmaster.pid"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
