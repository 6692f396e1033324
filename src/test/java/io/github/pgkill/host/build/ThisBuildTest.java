package io.github.pgkill.host.build;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.model.lockout.BuildIdentity;
import io.github.pgkill.model.lockout.ProcessMark;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A build is taken for dead only where that is certain. */
@EnabledOnOs(OS.LINUX)
class ThisBuildTest {

  private BuildIdentity own;
  private ProcessMark mark;

  @BeforeEach
  void look() {
    own = ThisBuild.identity();
    mark = own.mark();
    assertThat(mark).isNotNull();
  }

  @Test
  void aProcessIsOverWhenItsNumberIsFreeOrAnothers() throws IOException, InterruptedException {
    assertThat(ThisBuild.hasEnded(own)).isFalse();
    assertThat(ThisBuild.hasEnded(with(own.pid(), ticks(mark.startTicks() - 1)))).isTrue();
    Process child = new ProcessBuilder("sleep", "60").start();
    BuildIdentity its = with(child.pid(), ticks(ticksOf(child.pid())));
    assertThat(ThisBuild.hasEnded(its)).isFalse();
    child.destroyForcibly();
    assertThat(child.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(ThisBuild.hasEnded(its)).isTrue();
  }

  @Test
  void elsewhereNobodyIsJudged() {
    List<ProcessMark> marks =
        List.of(
            new ProcessMark("another-boot", mark.namespace(), mark.startTicks()),
            new ProcessMark(mark.bootId(), "pid:[1]", mark.startTicks()));
    for (ProcessMark other : marks) {
      // the same host's name, and a number that nobody has here
      assertThat(ThisBuild.hasEnded(with(99_999_999, other))).as("%s", other).isFalse();
    }
    assertThat(ThisBuild.hasEnded(with(99_999_999, mark))).isTrue();
    assertThat(ThisBuild.hasEnded(with(99_999_999, null))).as("first format").isFalse();
  }

  @Test
  void anAncestorIsOneOfOurOwnMachine() {
    ProcessHandle parent = ProcessHandle.current().parent().orElseThrow();
    ProcessMark its = ticks(ticksOf(parent.pid()));
    assertThat(ThisBuild.isOrDescendsFrom(with(parent.pid(), its))).isTrue();
    assertThat(ThisBuild.isOrDescendsFrom(with(parent.pid(), ticks(its.startTicks() - 1))))
        .isFalse();
    ProcessMark container = new ProcessMark(mark.bootId(), "pid:[1]", its.startTicks());
    assertThat(ThisBuild.isOrDescendsFrom(with(parent.pid(), container))).isFalse();
  }

  private BuildIdentity with(long pid, ProcessMark other) {
    Instant start =
        ProcessHandle.of(pid).flatMap(p -> p.info().startInstant()).orElse(own.startedAt());
    return new BuildIdentity("00000001", own.host(), pid, start, other);
  }

  private ProcessMark ticks(long ticks) {
    return new ProcessMark(mark.bootId(), mark.namespace(), ticks);
  }

  /** Told by another program than ours. */
  private static long ticksOf(long pid) {
    try {
      Process cut =
          new ProcessBuilder("cut", "-d", " ", "-f", "22", "/proc/" + pid + "/stat").start();
      return Long.parseLong(
          new String(cut.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
