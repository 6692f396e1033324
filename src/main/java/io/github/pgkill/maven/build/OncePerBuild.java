package io.github.pgkill.maven.build;

import io.github.pgkill.job.phases.SpokenWait;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.maven.execution.MavenExecutionRequest;

/**
 * Lets the first of a build's equal executions do the work. The others wait for it and share its
 * outcome, a failure too. A build is a request to Maven: all its modules share it, also under
 * {@code -T}, and a daemon's next build has another.
 */
public final class OncePerBuild {

  private static final Map<MavenExecutionRequest, Map<Key, First>> BUILDS = new WeakHashMap<>();

  /**
   * What makes executions equal.
   *
   * @param goal the goal's name
   * @param executionId the execution's id in the POM
   * @param server the hosts that may be dialled
   * @param database the database to clear
   */
  public record Key(String goal, String executionId, String server, String database) {}

  /**
   * One execution.
   *
   * @param key what it shares with those that are equal to it
   * @param module which module of the build it belongs to
   * @param asked its parameters in effect
   * @param timeout for how long at most it waits for another
   */
  public record Execution(Key key, String module, Map<String, Object> asked, Duration timeout) {}

  private static final class First {
    private final Execution execution;

    /** What came of it; completed exceptionally by a failure of the goal only. */
    private final CompletableFuture<Verdict> outcome = new CompletableFuture<>();

    First(Execution execution) {
      this.execution = execution;
    }

    /** Waits until it has ended, in whichever way. */
    boolean isOver(Duration most) throws InterruptedException {
      try {
        outcome.get(most.toNanos(), TimeUnit.NANOSECONDS);
        return true;
      } catch (ExecutionException e) {
        return true;
      } catch (TimeoutException e) {
        return false;
      }
    }
  }

  private OncePerBuild() {}

  /**
   * Does it, or waits for the execution that does, and gives its verdict to the journal.
   *
   * @throws PgkillException when the goal's promise does not hold, whoever did the work
   */
  public static void run(
      MavenExecutionRequest build,
      Execution execution,
      Runnable goal,
      Console console,
      Journal journal) {
    First own = new First(execution);
    First first = first(build, own);
    if (first == own) {
      work(own, goal, journal);
    } else {
      share(first, execution, console, journal);
    }
  }

  private static First first(MavenExecutionRequest build, First candidate) {
    synchronized (BUILDS) {
      First earlier =
          BUILDS
              .computeIfAbsent(build, unused -> new HashMap<>())
              .putIfAbsent(candidate.execution.key(), candidate);
      return earlier == null ? candidate : earlier;
    }
  }

  private static void work(First first, Runnable goal, Journal journal) {
    try {
      goal.run();
      first.outcome.complete(journal.report().verdict());
    } catch (PgkillException e) {
      first.outcome.completeExceptionally(e);
      throw e;
    } finally {
      // whatever else broke it off, nobody waits for it any longer
      first.outcome.completeExceptionally(new PgkillError("it broke off unexpectedly", null, null));
    }
  }

  private static void share(First first, Execution execution, Console console, Journal journal) {
    String module = first.execution.module();
    warnOfDifference(first.execution, execution, journal);
    try {
      Verdict verdict = await(first, execution, console, journal);
      Verdict shared =
          new Verdict(
              verdict.status(),
              "done once for this build, by module " + module + ": " + verdict.summary(),
              journal.remarks());
      journal.remarks().forEach(console::warn);
      journal.verdict(shared);
      console.verdict(shared);
    } catch (ExecutionException e) {
      throw asFailed(module, Objects.requireNonNull(e.getCause()));
    }
  }

  /** Waits as long as the execution may, and says for whom. */
  private static Verdict await(First first, Execution execution, Console console, Journal journal)
      throws ExecutionException {
    Duration timeout = execution.timeout();
    String whom = journal.who() + " of module " + first.execution.module();
    try {
      boolean over =
          SpokenWait.within(
              timeout,
              first::isOver,
              () ->
                  console.info(
                      "waiting for "
                          + whom
                          + ", which does this once for the build, at most "
                          + Durations.format(timeout)));
      if (!over) {
        throw new PgkillFailure(
            whom
                + ", which does this once for the build, is still at work after "
                + Durations.format(timeout)
                + "; this module touched nothing",
            "Wait longer (timeout), or leave oncePerBuild out.");
      }
      return first.outcome.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PgkillError("interrupted while waiting for " + whom, null, e);
    }
  }

  /** The same kind of failure, with the module that met it. */
  private static PgkillException asFailed(String module, Throwable failure) {
    String what =
        "module "
            + module
            + " did this once for the build, and it failed there: "
            + failure.getMessage();
    if (failure instanceof PgkillFailure e) {
      return new PgkillFailure(what, e.remedy().orElse(null));
    }
    return new PgkillError(
        what, failure instanceof PgkillException e ? e.remedy().orElse(null) : null, null);
  }

  /** Who asks for something else than what was done must know. */
  private static void warnOfDifference(Execution first, Execution other, Journal journal) {
    TreeSet<String> names = new TreeSet<>(first.asked().keySet());
    names.addAll(other.asked().keySet());
    names.removeIf(name -> Objects.equals(first.asked().get(name), other.asked().get(name)));
    if (!names.isEmpty()) {
      journal.remark(
          "this module's "
              + String.join(", ", names)
              + " is not what module "
              + first.module()
              + " asked for, which did this once for the build: give the two executions different"
              + " ids, or configure them alike");
    }
  }
}
