package io.github.pgkill.host.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.host.CommandResult;
import io.github.pgkill.model.host.HostCommand;
import io.github.pgkill.model.host.StepResult;
import io.github.pgkill.model.value.Secret;
import io.github.pgkill.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the programs here are POSIX's")
final class CommandRunnerTest {

  private static final Duration LONG = Duration.ofMinutes(1);

  @TempDir private Path directory;

  @Test
  void tellsOutputAndExitCode() {
    CommandResult result = sh("echo out; echo err >&2; exit 3", LONG);

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.succeeded()).isFalse();
    assertThat(result.stdout()).isEqualTo("out\n");
    assertThat(result.tail().lines()).containsExactlyInAnyOrder("out", "err");
    assertThat(result.failure()).contains("ended with exit code 3").contains("err");
    assertThat(result.step("restart").status()).isEqualTo(StepResult.Status.FAILED);
  }

  @Test
  void whoWatchesMayEndIt() {
    HostCommand command = HostCommand.of(List.of("sh", "-c", "echo begun; sleep 60"), LONG);
    List<Duration> looks = new ArrayList<>();

    CommandResult result =
        new CommandRunner().run(command, elapsed -> looks.add(elapsed) && looks.size() < 2);

    assertThat(looks).hasSize(2);
    assertThat(result.timedOut()).isTrue();
    assertThat(result.stdout()).isEqualTo("begun\n");
    assertThat(result.duration()).isLessThan(LONG);
  }

  @Test
  void itEndsWithWhoWatchesIt() {
    HostCommand command = HostCommand.of(List.of("sleep", "97532"), LONG);

    assertThatThrownBy(
            () ->
                new CommandRunner()
                    .run(
                        command,
                        elapsed -> {
                          throw new PgkillError("the connection was lost", null, null);
                        }))
        .hasMessage("the connection was lost");

    assertThat(ProcessHandle.current().children())
        .noneMatch(child -> child.info().commandLine().orElse("").contains("97532"));
  }

  @Test
  void anotherExitCodeMayMeanSuccess() {
    HostCommand command =
        new HostCommand(
            List.of("sh", "-c", "exit 3"), directory, Map.of(), LONG, Set.of(0, 3), List.of());

    assertThat(new CommandRunner().run(command).succeeded()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a b",
        "it's",
        "say \"hi\"",
        "$(touch pwned)",
        "`touch pwned`",
        "; touch pwned",
        "a\nb",
        "-rf",
        "*",
        "\\",
        "",
        "ü\u202e"
      })
  void everyArgumentArrivesAsItIs(String argument) {
    CommandResult result =
        new CommandRunner()
            .run(
                HostCommand.of(List.of("printf", "%s", argument), LONG)
                    .withEnvironment(Map.of("LC_ALL", "C.UTF-8"))
                    .in(directory));

    assertThat(result.stdout()).isEqualTo(argument);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void theEnvironmentIsOursButForTheDifferences() {
    HostCommand command =
        HostCommand.of(List.of("sh", "-c", "echo \"$ADDED ${HOME-no home} $PATH\""), LONG)
            .withEnvironment(Map.of("ADDED", "added"));
    java.util.Map<String, String> without = new java.util.TreeMap<>();
    without.put("HOME", null);

    assertThat(new CommandRunner().run(command.withEnvironment(without)).stdout())
        .isEqualTo("added no home " + System.getenv("PATH") + "\n");
  }

  @Test
  void standardInputIsEmpty() {
    assertThat(sh("read -r line || echo end of input", LONG).stdout()).isEqualTo("end of input\n");
  }

  @Test
  void aHangIsEndedWithItsChildren() throws IOException {
    Path pids = directory.resolve("pids");
    String script =
        "trap '' TERM; (trap '' TERM; echo $$ >> %1$s; sleep 3600) & sleep 3600 & echo $! >> %1$s; wait; sleep 3600"
            .formatted(pids.getFileName());

    CommandResult result = sh(script, Duration.ofSeconds(1));

    assertThat(result.timedOut()).isTrue();
    assertThat(result.succeeded()).isFalse();
    assertThat(result.failure()).contains("took longer than 1s and was ended, with its children");
    List<Long> children = Files.readAllLines(pids).stream().map(Long::valueOf).toList();
    assertThat(children).hasSize(2);
    Eventually.within(
        30,
        () ->
            children.stream()
                .noneMatch(
                    pid -> ProcessHandle.of(pid).map(CommandRunnerTest::runs).orElse(false)));
  }

  @Test
  void aChildThatKeepsTheOutputOpenIsNotWaitedFor() {
    CommandResult result = sh("sleep 30 & echo $!", LONG);

    long child = Long.parseLong(result.stdout().trim());
    try {
      assertThat(result.succeeded()).isTrue();
      assertThat(result.duration()).isLessThan(Duration.ofSeconds(20));
      assertThat(ProcessHandle.of(child)).isPresent();
    } finally {
      ProcessHandle.of(child).ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  @Test
  void muchOutputOnBothSidesIsReadAndCut() {
    CommandResult result =
        sh(
            "i=0; while [ $i -lt 3000 ]; do echo \"out $i ........................................\";"
                + " echo \"err $i ........................................\" >&2; i=$((i+1)); done;"
                + " echo last",
            LONG);

    assertThat(result.succeeded()).isTrue();
    assertThat(result.stdout()).startsWith("out 0 ").endsWith("last\n");
    assertThat(result.tail()).startsWith("[...] ").hasSizeLessThan(4_100);
    assertThat(result.tail()).contains("2999");
  }

  @Test
  void secretsAreMaskedEverywhere() {
    Secret secret = new Secret("hunter2 & co");
    HostCommand command =
        HostCommand.of(
                List.of("sh", "-c", "echo \"$1\"; echo \"$1\" >&2; exit 1", "x", "hunter2 & co"),
                LONG)
            .withSecret(secret);
    CommandResult result = new CommandRunner().run(command);

    List<String> shown = new ArrayList<>();
    shown.add(result.failure());
    shown.add(result.stdout());
    shown.add(result.tail());
    shown.add(result.step("x").toString());
    assertThat(shown)
        .allSatisfy(text -> assertThat(text).doesNotContain("hunter2").contains("***"));
  }

  @Test
  void aSecretThatIsCutInTwoIsNotShownInPart() {
    StringBuilder noise = new StringBuilder();
    CommandOutput output = new CommandOutput(line -> {});
    String secret = "0123456789abcdefghijklmnopqrstuvwxyz";
    HostCommand command = HostCommand.of(List.of("x"), LONG).withSecret(new Secret(secret));
    for (int i = 0; i < 5_000; i++) {
      noise.setLength(0);
      noise.append(secret).append(' ');
      output.stderr(noise.toString().toCharArray(), noise.length());
    }

    assertThat(output.tail(command::mask)).doesNotContainPattern("[a-z0-9]");
  }

  @Test
  void eachLineIsHandedOnWhileTheProgramRunsWithoutItsSecrets(@TempDir Path directory)
      throws Exception {
    List<String> lines = new CopyOnWriteArrayList<>();
    Path go = directory.resolve("go");
    HostCommand command =
        HostCommand.of(
                List.of(
                    "sh",
                    "-c",
                    "echo first hunter2; echo second >&2; while [ ! -e \"$0\" ]; do sleep 0.05; done;"
                        + " printf '10%%\\r100%%\\r\\n\\nunfinished'; head -c 5000 /dev/zero | tr"
                        + " '\\0' x >&2",
                    go.toString()),
                LONG)
            .withSecret(new Secret("hunter2"));
    CompletableFuture<CommandResult> run =
        CompletableFuture.supplyAsync(() -> new CommandRunner().runAloud(command, lines::add));

    Eventually.within(20, () -> lines.size() == 2);
    assertThat(run).isNotDone();
    assertThat(lines).containsExactlyInAnyOrder("first ***", "second");
    Files.createFile(go);

    assertThat(run.get().succeeded()).isTrue();
    assertThat(lines.subList(2, lines.size()))
        .containsExactlyInAnyOrder(
            "10%", "100%", "unfinished", "a line of more than 4000 characters");
  }

  @Test
  void aBatchFileIsRefusedWithWhatToWriteInstead() {
    assertThat(List.of("x.bat", "C:\\tools\\MVN.CMD")).allMatch(CommandRunner::isBatchFile);
    assertThat(List.of("x", "bat", "x.cmd.exe", "x.bat/y")).noneMatch(CommandRunner::isBatchFile);
    assertThat(CommandRunner.batchFile(HostCommand.of(List.of("x.cmd", "a b"), LONG)))
        .hasMessageStartingWith("x.cmd 'a b' is a batch file")
        .extracting(e -> e.remedy().orElseThrow())
        .asString()
        .contains("<arg>cmd.exe</arg><arg>/d</arg><arg>/c</arg><arg>x.cmd</arg>");
  }

  @Test
  void aProgramThatIsNotThereIsNamedWithARemedy() {
    assertThatThrownBy(
            () -> new CommandRunner().run(HostCommand.of(List.of("no-such-program", "x"), LONG)))
        .isInstanceOfSatisfying(
            PgkillError.class,
            e -> {
              assertThat(e.getMessage())
                  .contains("cannot run no-such-program x")
                  .contains("No such file or directory");
              assertThat(e.remedy()).hasValueSatisfying(r -> assertThat(r).contains("PATH"));
            });
  }

  @Test
  void argumentsAreQuotedForReading() {
    HostCommand command =
        HostCommand.of(List.of("systemctl", "restart", "--", "a b", "it's", "x\ny", ""), LONG);

    assertThat(command.described()).isEqualTo("systemctl restart -- 'a b' 'it'\\''s' $'x\\ny' ''");
  }

  private CommandResult sh(String script, Duration timeout) {
    return new CommandRunner()
        .run(HostCommand.of(List.of("sh", "-c", script), timeout).in(directory));
  }

  /**
   * A killed child whose new parent does not collect it stays behind as a zombie, without a
   * command.
   */
  private static boolean runs(ProcessHandle process) {
    return process.isAlive() && process.info().command().isPresent();
  }
}
