package io.github.pgkill.job.phases;

import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.Wording;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Goes through the phases of a goal: checks all of them before it runs the first, and ends those
 * that began, last to first. A dry run is the same, stopped before the first change.
 */
public final class Runner {

  /** Those at work in this process. */
  private static final Set<Runner> RUNNING = new LinkedHashSet<>();

  private static boolean processEnds;

  private final boolean dryRun;
  private final BuildLock.@Nullable Wanted lock;
  private final Console console;

  /** Last to first. */
  private final Deque<Checked<?>> begun = new ArrayDeque<>();

  /**
   * @param dryRun stop before the first change, and say what would be done
   */
  public Runner(boolean dryRun, Console console) {
    this(dryRun, null, console);
  }

  /**
   * @param lock what no other goal of this build may be at work on meanwhile
   */
  public Runner(boolean dryRun, BuildLock.@Nullable Wanted lock, Console console) {
    this.dryRun = dryRun;
    this.lock = lock;
    this.console = console;
  }

  /**
   * A phase with what it found.
   *
   * @param <P> what it found
   */
  private record Checked<P>(Phase<P> phase, P plan) {

    static <P> Checked<P> check(Phase<P> phase) {
      return new Checked<>(phase, phase.check());
    }

    Checked<P> again() {
      return check(phase);
    }

    void say() {
      phase.say(plan);
    }

    void run() {
      phase.run(plan);
    }

    void end(Ending ending) {
      phase.end(plan, ending);
    }
  }

  /**
   * Does them all.
   *
   * @throws PgkillException what a phase refused or failed with, after those that began were ended
   */
  public void run(List<? extends Phase<?>> phases) {
    if (dryRun || lock == null) {
      go(phases);
      return;
    }
    try (BuildLock held = BuildLock.take(lock, console)) {
      go(phases);
    }
  }

  private void go(List<? extends Phase<?>> phases) {
    List<Checked<?>> checked = new ArrayList<>();
    for (Phase<?> phase : phases) {
      checked.add(Checked.check(phase));
    }
    if (dryRun) {
      checked.forEach(Checked::say);
      return;
    }
    begin();
    try {
      runAll(checked);
    } finally {
      over();
    }
  }

  private void runAll(List<Checked<?>> phases) {
    boolean done = false;
    try {
      for (int i = 0; i < phases.size(); i++) {
        Checked<?> now = phases.get(i);
        push(now);
        now.run();
        if (now.phase().isPointOfNoReturn()) {
          endAll(Ending.OVERTAKEN);
        }
        if (now.phase().takesLong()) {
          phases.subList(i + 1, phases.size()).replaceAll(Checked::again);
        }
      }
      done = true;
    } catch (PgkillException e) {
      done = true;
      endAfter(e);
      throw e;
    } finally {
      if (!done) {
        endAll(Ending.FAILED);
      }
    }
    endAll(Ending.DONE);
  }

  private void endAfter(PgkillException failure) {
    Checked<?> last = peek();
    Ending ending =
        last != null && last.phase().overtakes(failure) ? Ending.OVERTAKEN : Ending.FAILED;
    try {
      endAll(ending);
    } catch (PgkillException e) {
      // what is shown of a failure is its own message
      console.warn("the goal failed, and then this: " + Wording.failure(e));
      failure.addSuppressed(e);
    }
  }

  /** Ends all that began, whatever one of them fails with. */
  private void endAll(Ending ending) {
    PgkillException first = null;
    Checked<?> next = pop();
    while (next != null) {
      try {
        next.end(ending);
      } catch (PgkillException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
      next = pop();
    }
    if (first != null) {
      throw first;
    }
  }

  private void push(Checked<?> phase) {
    synchronized (begun) {
      begun.push(phase);
    }
  }

  private @Nullable Checked<?> pop() {
    synchronized (begun) {
      return begun.poll();
    }
  }

  private @Nullable Checked<?> peek() {
    synchronized (begun) {
      return begun.peek();
    }
  }

  private void begin() {
    synchronized (RUNNING) {
      if (processEnds) {
        throw new PgkillError(
            "the build is being interrupted: nothing is changed any more", null, null);
      }
      RUNNING.add(this);
    }
  }

  private void over() {
    synchronized (RUNNING) {
      RUNNING.remove(this);
    }
  }

  /** From now on nothing begins any more: the process is about to end. */
  public static void endOfProcess() {
    synchronized (RUNNING) {
      processEnds = true;
    }
  }

  /** Whether no goal is at work. */
  public static boolean isIdle() {
    synchronized (RUNNING) {
      return RUNNING.isEmpty();
    }
  }

  /** Ends what is under way when the process does; says what could not be undone. */
  public static void interruptAll(Console console) {
    List<Runner> all;
    synchronized (RUNNING) {
      all = List.copyOf(RUNNING);
    }
    for (Runner runner : all) {
      List<Checked<?>> phases;
      synchronized (runner.begun) {
        phases = List.copyOf(runner.begun);
      }
      for (Checked<?> phase : phases) {
        try {
          phase.end(Ending.INTERRUPTED);
        } catch (PgkillException e) {
          console.warn("interrupted, and not all could be undone: " + Wording.failure(e));
        }
      }
    }
  }
}
