package io.github.pgkill.job.restart;

import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.Wording;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A restart that has begun and is brought to its end, because a server that was stopped half-way
 * would stay down: it runs on a thread that nobody interrupts, and holds up the end of the process
 * for a while when that is to end.
 */
final class RestartUnderWay {

  /** The end of the process is held up no longer than this, nor than the server may take. */
  private static final Duration MOST = Duration.ofMinutes(1);

  /** The one of this process; there is never a second. */
  private static volatile @Nullable RestartUnderWay current;

  private final FutureTask<String> task;
  private final Thread worker;
  private final Duration most;
  private final String startedBy;
  private final Console console;
  private volatile boolean processEnds;

  /**
   * @param work what is not to be interrupted
   * @param readyTimeout how long the server may take
   * @param startedBy what somebody can do when it stays down
   */
  RestartUnderWay(
      Function<RestartUnderWay, String> work,
      Duration readyTimeout,
      String startedBy,
      Console console) {
    this.task = new FutureTask<>(() -> work.apply(this));
    this.worker = new Thread(task, "pgkill-restart");
    this.worker.setDaemon(true);
    this.most = Pause.shorter(readyTimeout, MOST);
    this.startedBy = startedBy;
    this.console = console;
  }

  /** Waits for the one that is under way when the process ends, no longer than it is held up. */
  static void awaitEnd() {
    RestartUnderWay underWay = current;
    if (underWay != null) {
      underWay.join();
    }
  }

  /** Whether the process is about to end. */
  boolean processEnds() {
    return processEnds;
  }

  /**
   * What came of it.
   *
   * @throws PgkillException what the work failed with, or that the build was interrupted meanwhile
   */
  String run() {
    if (Thread.currentThread().isInterrupted()) {
      throw new PgkillError("interrupted: nothing is restarted", null, null);
    }
    Thread hook = new Thread(this::holdUp, "pgkill-finish-restart");
    try {
      Runtime.getRuntime().addShutdownHook(hook);
    } catch (IllegalStateException e) {
      throw new PgkillError("the build is being interrupted: nothing is restarted", null, e);
    }
    current = this;
    try {
      worker.start();
      String done = awaitUninterrupted();
      if (processEnds || Thread.currentThread().isInterrupted()) {
        throw new PgkillError(
            "the build was interrupted; the restart that had begun was finished first: " + done,
            null,
            null);
      }
      return done;
    } finally {
      current = null;
      unhook(hook);
    }
  }

  private String awaitUninterrupted() {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
          console.warn("interrupted while the server restarts: that is finished first");
        } catch (ExecutionException e) {
          throw rethrown(e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static PgkillException rethrown(ExecutionException e) {
    if (e.getCause() instanceof PgkillException failure) {
      return failure;
    }
    throw new IllegalStateException("the restart broke off", e.getCause());
  }

  private void holdUp() {
    processEnds = true;
    console.warn(
        "the build is interrupted while the server restarts: that is finished first, within "
            + Durations.format(most));
    join();
    if (worker.isAlive()) {
      console.warn(
          "the server is not there again after "
              + Durations.format(most)
              + "; what restarts it is left to itself. If the server stays down: "
              + startedBy);
    } else {
      tell();
    }
  }

  /** The thread of the goal may not come to it before the process is gone. */
  private void tell() {
    try {
      console.info(task.get());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      PgkillException failure = rethrown(e);
      console.warn(Wording.failure(failure));
    }
  }

  private void join() {
    try {
      worker.join(most.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void unhook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // the process is about to end: the hook runs, and tells what came of it
      hook.setName(hook.getName() + "-running");
    }
  }
}
