package io.github.pgkill.job.poolers;

import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.connection.PoolerAccess;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.value.Secret;
import io.github.pgkill.testing.Jvm;
import io.github.pgkill.testing.TestPooler;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.List;

/** Another build that closes a database behind a pooler for a while, and that can be killed. */
final class PoolersProcess implements AutoCloseable {

  private final Process process;

  private PoolersProcess(Process process) {
    this.process = process;
  }

  /** One that keeps that database closed for so many seconds. */
  static PoolersProcess start(TestServer server, String database, TestPooler pooler, int seconds) {
    try {
      return new PoolersProcess(
          new ProcessBuilder(
                  Jvm.command(
                      PoolersProcess.class,
                      Integer.toString(server.port()),
                      database,
                      Integer.toString(pooler.address().port()),
                      Integer.toString(seconds)))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The process that would resume. */
  ProcessHandle holder() {
    return process
        .descendants()
        .filter(child -> child.info().commandLine().orElse("").contains("PauseHolder"))
        .findFirst()
        .orElseThrow();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** What SIGKILL does. */
  void kill() {
    Jvm.kill(process);
  }

  @Override
  public void close() {
    kill();
  }

  /** The other end. */
  public static void main(String[] arguments) {
    PoolerAccess access =
        new PoolerAccess(
            List.of(new HostAddress("127.0.0.1", null, Integer.parseInt(arguments[2]))),
            TestPooler.ADMIN,
            new Secret(TestPooler.PASSWORD),
            true,
            List.of());
    PrintStream out = System.out;
    try {
      PoolersJob job =
          PoolersJob.to(Integer.parseInt(arguments[0]), arguments[1], access)
              .step("sleep", arguments[3]);
      out.println(job.terminate().verdict());
    } catch (PgkillException e) {
      out.println(e.getMessage());
    }
  }
}
