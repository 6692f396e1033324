package io.github.pgkill.job.poolers;

import io.github.pgkill.job.phases.Ending;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.report.console.Console;
import java.util.List;

/**
 * Pauses poolers around what follows, where no database is closed. There is no record of it: the
 * process that holds the pause resumes them when this build is gone.
 */
public final class PausedAround implements Phase<PoolerPlan> {

  private final PoolerPause pause;
  private final Console console;

  public PausedAround(PoolerPause pause, Console console) {
    this.pause = pause;
    this.console = console;
  }

  @Override
  public PoolerPlan check() {
    return pause.check(Reopen.IMMEDIATELY, List.of());
  }

  @Override
  public void say(PoolerPlan plan) {
    tell(plan);
    pause.say(plan);
  }

  @Override
  public void run(PoolerPlan plan) {
    tell(plan);
    pause.prepare(plan);
    pause.pause();
  }

  @Override
  public void end(PoolerPlan plan, Ending ending) {
    // what goes on when the build is interrupted is finished first: its process resumes at its end
    if (ending != Ending.INTERRUPTED) {
      pause.resume();
    }
  }

  private void tell(PoolerPlan plan) {
    plan.notes().forEach(console::info);
    plan.warnings().forEach(console::warn);
  }
}
