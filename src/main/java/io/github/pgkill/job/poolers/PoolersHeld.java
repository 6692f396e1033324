package io.github.pgkill.job.poolers;

import io.github.pgkill.job.phases.Nothing;
import io.github.pgkill.job.phases.Phase;

/** Proves, once the work is done, that the poolers were paused for as long as it lasted. */
public final class PoolersHeld implements Phase<Nothing> {

  private final PoolerPause pause;

  public PoolersHeld(PoolerPause pause) {
    this.pause = pause;
  }

  @Override
  public Nothing check() {
    return Nothing.NOTHING;
  }

  @Override
  public void run(Nothing plan) {
    pause.requireHeld();
  }
}
