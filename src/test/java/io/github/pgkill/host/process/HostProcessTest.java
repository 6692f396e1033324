package io.github.pgkill.host.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What Linux shows of a process. */
@EnabledOnOs(OS.LINUX)
class HostProcessTest {

  @TempDir Path directory;

  private static HostProcess of(Process process) {
    return HostProcess.of(process.pid(), HostProcess.PROC).orElseThrow();
  }

  @Test
  void aProgramThatAnUpdateReplacedHasItsNameStill() throws Exception {
    Path program = directory.resolve("postgres");
    Files.copy(Path.of("/bin/sh"), program);
    assertThat(program.toFile().setExecutable(true)).isTrue();
    Process process = new ProcessBuilder(program.toString(), "-c", "read line").start();
    try {
      Files.delete(program);
      assertThat(of(process).program()).contains(program.toString());
      assertThat(of(process).executable()).contains(program);
      assertThat(ServerProgram.isNamed(of(process).program().orElseThrow())).isTrue();
    } finally {
      end(process);
    }
  }

  @Test
  void aProcessThatHasEndedAndIsNotBuriedIsNotAlive() throws Exception {
    // the shell becomes a program that does not know the child that it has
    Process parent =
        new ProcessBuilder("sh", "-c", "sh -c 'exit 0' & echo $!; exec sleep 600").start();
    try {
      long child = Long.parseLong(parent.inputReader().readLine().strip());
      Eventually.within(
          20, () -> HostProcess.of(child, HostProcess.PROC).filter(HostProcess::alive).isEmpty());
      assertThat(ProcessHandle.of(child)).as("it still has its number").isPresent();
    } finally {
      end(parent);
    }
  }

  private static void end(Process process) throws IOException, InterruptedException {
    process.getOutputStream().close();
    process.destroyForcibly().waitFor();
  }
}
