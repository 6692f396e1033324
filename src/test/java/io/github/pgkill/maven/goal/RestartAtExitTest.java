package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.Jvm;
import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.Needs;
import io.github.pgkill.testing.StandInPrograms;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A build that is interrupted while its server is down, and that keeps a database closed. */
@EnabledOnOs(OS.LINUX)
@Needs(Machine.SERVER_OF_ITS_OWNER)
@Tag("slow")
class RestartAtExitTest {

  @TempDir Path directory;

  @Test
  void theDatabaseIsOpenedOnceTheServerIsThereAgain() throws Exception {
    try (TestServer server = TestServer.startAsOwner(Map.of())) {
      String database = server.createDatabase();
      String app = server.createRole("login");
      Process build =
          new ProcessBuilder(
                  Jvm.command(
                      RestartAtExitTest.class,
                      directory.toString(),
                      server.jdbcUrl(database) + "?user=" + TestServer.SUPERUSER,
                      script(server).toString()))
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("said").toFile())
              .start();
      try {
        Eventually.within(60, () -> Files.exists(directory.resolve("stopped")));
        build.destroy();
        assertThat(build.waitFor(2, TimeUnit.SECONDS)).as("it waits for the server").isFalse();
        Files.createFile(directory.resolve("go"));
        assertThat(build.waitFor(60, TimeUnit.SECONDS)).isTrue();
      } finally {
        build.destroyForcibly();
      }
      assertThat(Files.readString(directory.resolve("said"))).isEqualTo("closed\n");
      server.connect(database, app).close();
    }
  }

  /** Stops the server, waits until it may go on, and starts it. */
  private Path script(TestServer server) throws IOException {
    String data = "-D" + server.dataDirectory();
    String log = "-l" + server.dataDirectory().resolve("log.txt");
    return Files.writeString(
        directory.resolve("restart.sh"),
        """
        %s && touch stopped || exit 1
        until [ -e go ]; do sleep 0.1; done
        exec %s
        """
            .replace("touch stopped", "touch '" + directory.resolve("stopped") + "'")
            .replace("-e go", "-e '" + directory.resolve("go") + "'")
            .formatted(
                StandInPrograms.quoted(server.command("pg_ctl", "stop", "-w", "-mfast", data)),
                StandInPrograms.quoted(server.command("pg_ctl", "start", "-w", data, log))));
  }

  /** The build: takes a directory to run in, a URL and what restarts the server. */
  public static void main(String[] arguments) {
    Path directory = Path.of(arguments[0]);
    Build.withoutPom(directory)
        .property("pgkill.url", arguments[1])
        .run("revoke-connect")
        .succeeded();
    System.out.println("closed");
    Build.withoutPom(directory)
        .property("pgkill.url", arguments[1])
        .property("pgkill.restartWith", "command")
        .property("pgkill.restartCommand", "sh," + arguments[2])
        .run("restart-server");
    System.exit(0);
  }
}
