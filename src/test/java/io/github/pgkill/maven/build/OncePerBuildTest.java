package io.github.pgkill.maven.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.report.Journal;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.RecordedConsole;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.maven.execution.DefaultMavenExecutionRequest;
import org.apache.maven.execution.MavenExecutionRequest;
import org.junit.jupiter.api.Test;

class OncePerBuildTest {

  private static final Duration LONG = Duration.ofMinutes(1);
  private static final Verdict DONE =
      new Verdict(Verdict.Status.SUCCESS, "3 gone", List.of("for the first"));

  private final MavenExecutionRequest build = new DefaultMavenExecutionRequest();
  private final AtomicInteger done = new AtomicInteger();

  @Test
  void theFirstWorksAndTheOthersWaitForItsVerdict() {
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(1);
    Module first = new Module("first", "app");
    CompletableFuture<Void> work =
        first.runs(
            () -> {
              begun.countDown();
              await(go);
            });
    await(begun);
    List<Module> others = List.of(new Module("second", "app"), new Module("third", "app"));
    List<CompletableFuture<Void>> waiting = new ArrayList<>();
    others.forEach(module -> waiting.add(module.runs(() -> {})));

    for (Module other : others) {
      Eventually.within(20, () -> !other.lines.isEmpty());
      assertThat(other.lines)
          .containsExactly(
              "waiting for pgkill:terminate (clear) of module first, which does this once for the"
                  + " build, at most 1m");
    }
    go.countDown();
    work.join();
    waiting.forEach(CompletableFuture::join);

    assertThat(done).hasValue(1);
    assertThat(first.journal.report().verdict()).isEqualTo(DONE);
    for (Module other : others) {
      assertThat(other.journal.report().verdict())
          .isEqualTo(
              new Verdict(
                  Verdict.Status.SUCCESS,
                  "done once for this build, by module first: 3 gone",
                  List.of()));
    }
  }

  @Test
  void aFailureIsSharedAsTheSameKindWithItsRemedy() {
    assertShared(
        new PgkillFailure("2 sessions left", "Wait longer."),
        PgkillFailure.class,
        "2 sessions left");
    assertShared(new PgkillError("no server", "Start it.", null), PgkillError.class, "no server");
  }

  private void assertShared(
      PgkillException failure, Class<? extends PgkillException> kind, String message) {
    String database = message.replace(' ', '_');
    assertThatThrownBy(
            () ->
                new Module("first", database)
                    .run(
                        () -> {
                          throw failure;
                        }))
        .isSameAs(failure);

    assertThatThrownBy(() -> new Module("second", database).run(() -> {}))
        .isInstanceOfSatisfying(kind, e -> assertThat(e.remedy()).isEqualTo(failure.remedy()))
        .hasMessage("module first did this once for the build, and it failed there: " + message);
  }

  @Test
  void whateverBreaksItOffNobodyWaitsForEver() {
    assertThatThrownBy(
            () ->
                new Module("first", "app")
                    .run(
                        () -> {
                          throw new IllegalStateException("a defect");
                        }))
        .isInstanceOf(IllegalStateException.class);

    assertThatThrownBy(() -> new Module("second", "app").run(() -> {}))
        .isInstanceOf(PgkillError.class)
        .hasMessageContaining("module first")
        .hasMessageContaining("broke off");
  }

  @Test
  void waitingEndsWithTheTimeoutAndTouchesNothing() {
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<Void> work =
        new Module("first", "app")
            .runs(
                () -> {
                  begun.countDown();
                  await(go);
                });
    await(begun);

    Module second = new Module("second", "app");
    second.timeout = Duration.ofMillis(50);
    assertThatThrownBy(() -> second.run(() -> {}))
        .isInstanceOfSatisfying(
            PgkillFailure.class, e -> assertThat(e.remedy().orElseThrow()).contains("timeout"))
        .hasMessageContaining("of module first")
        .hasMessageContaining("still at work after 50ms; this module touched nothing");
    go.countDown();
    work.join();
    assertThat(done).hasValue(1);
  }

  @Test
  void anotherDatabaseAndAnotherBuildAreWorkOfTheirOwn() {
    new Module("first", "app").run(() -> {});
    new Module("second", "other").run(() -> {});
    new Module(new DefaultMavenExecutionRequest(), "first", "app").run(() -> {});

    assertThat(done).hasValue(3);
  }

  @Test
  void whoAskedForSomethingElseIsTold() {
    new Module("first", "app").run(() -> {});
    Module second = new Module("second", "app");
    second.asked = Map.of("applicationNames", List.of("ide"), "timeout", "30s");
    second.run(() -> {});

    assertThat(done).hasValue(1);
    assertThat(second.journal.report().verdict().remarks())
        .singleElement()
        .asString()
        .startsWith("this module's applicationNames is not what module first asked for");
    assertThat(second.lines).anyMatch(line -> line.contains("different ids"));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new CompletionException(e);
    }
  }

  /** One module's execution of the same goal. */
  private final class Module {
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final RecordedConsole console = new RecordedConsole(lines);
    private final Journal journal = new Journal("terminate", "1", "clear");
    private final MavenExecutionRequest request;
    private final String name;
    private final String database;
    private Map<String, Object> asked = Map.of("timeout", "30s");
    private Duration timeout = LONG;

    Module(String name, String database) {
      this(build, name, database);
    }

    Module(MavenExecutionRequest request, String name, String database) {
      this.request = request;
      this.name = name;
      this.database = database;
    }

    CompletableFuture<Void> runs(Runnable work) {
      return CompletableFuture.runAsync(() -> run(work));
    }

    void run(Runnable work) {
      OncePerBuild.Key key = new OncePerBuild.Key("terminate", "clear", "localhost:5432", database);
      OncePerBuild.run(
          request,
          new OncePerBuild.Execution(key, name, asked, timeout),
          () -> {
            done.incrementAndGet();
            work.run();
            journal.verdict(DONE);
          },
          console,
          journal);
    }
  }
}
