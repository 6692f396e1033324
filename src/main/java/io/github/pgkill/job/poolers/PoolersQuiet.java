package io.github.pgkill.job.poolers;

import io.github.pgkill.job.phases.Nothing;
import io.github.pgkill.job.phases.Phase;
import java.time.Duration;

/** Proves, before anything is done to the database, that its poolers have let go of it. */
public final class PoolersQuiet implements Phase<Nothing> {

  private final PoolerPause pause;
  private final Duration atMost;

  /**
   * @param atMost for them to let go, once the sessions are ended
   */
  public PoolersQuiet(PoolerPause pause, Duration atMost) {
    this.pause = pause;
    this.atMost = atMost;
  }

  @Override
  public Nothing check() {
    return Nothing.NOTHING;
  }

  @Override
  public void run(Nothing plan) {
    pause.requireQuiet(atMost);
  }
}
