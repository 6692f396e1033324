package io.github.pgkill.job.phases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.RecordedConsole;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Goals of one build that want the same thing. */
final class BuildLockTest {

  private final List<String> lines = new CopyOnWriteArrayList<>();

  private static BuildLock.Wanted wanted(String key, String holder, Duration timeout) {
    return new BuildLock.Wanted(key, "database app", holder, timeout, "timeout");
  }

  private BuildLock take(String key, String holder, Duration timeout) {
    return BuildLock.take(wanted(key, holder, timeout), new RecordedConsole(lines));
  }

  @Test
  void whoWaitsTooLongIsToldForWhom() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    Thread other = holding("bounded", "pgkill:terminate (clear)", over);
    try {
      assertThatThrownBy(() -> take("bounded", "pgkill:backup (save)", Duration.ofMillis(1200)))
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("pgkill:terminate (clear) of this build is still at work")
          .hasMessageContaining("database app after 1.2s; nothing was touched")
          .satisfies(
              e ->
                  assertThat(((PgkillFailure) e).remedy().orElseThrow())
                      .contains("-Dpgkill.timeout="));
      assertThat(lines)
          .containsExactly(
              "waiting for pgkill:terminate (clear), which is at work on database app, at most"
                  + " 1.2s");
    } finally {
      over.countDown();
      other.join();
    }
  }

  @Test
  void whoWaitsHasItNext() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    Thread other = holding("next", "pgkill:terminate (clear)", over);
    AtomicBoolean had = new AtomicBoolean();
    Thread waiter =
        new Thread(
            () -> {
              try (BuildLock lock = take("next", "second", Duration.ofMinutes(1))) {
                had.set(true);
              }
            });
    waiter.start();
    Eventually.within(20, () -> !lines.isEmpty());
    assertThat(had).isFalse();

    over.countDown();
    other.join();
    waiter.join();

    assertThat(had).isTrue();
  }

  @Test
  void anotherDatabaseIsNobodysConcern() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    Thread other = holding("one", "pgkill:terminate (clear)", over);
    try (BuildLock lock = take("another", "second", Duration.ZERO)) {
      assertThat(lines).isEmpty();
    } finally {
      over.countDown();
      other.join();
    }
  }

  private Thread holding(String key, String holder, CountDownLatch over)
      throws InterruptedException {
    CountDownLatch taken = new CountDownLatch(1);
    Thread thread =
        new Thread(
            () -> {
              try (BuildLock lock = take(key, holder, Duration.ZERO)) {
                taken.countDown();
                over.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    thread.start();
    taken.await();
    return thread;
  }
}
