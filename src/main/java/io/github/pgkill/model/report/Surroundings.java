package io.github.pgkill.model.report;

import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.host.StepResult;
import io.github.pgkill.model.lockout.LockoutReport;
import io.github.pgkill.model.poolers.PoolerReport;
import io.github.pgkill.model.prepared.PreparedTransaction;
import io.github.pgkill.model.sessions.Session;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to the report of a goal besides the sessions it was about.
 *
 * @param steps programs and statements of the build's own, in their order
 * @param alsoHit sessions that were not selected and ended all the same
 * @param prepared prepared transactions of the database
 * @param blockers what was in the way
 * @param lockout how the database was closed and given back; null when it stayed as it was
 * @param poolers the aliases that were paused meanwhile
 */
public record Surroundings(
    List<StepResult> steps,
    List<Session> alsoHit,
    List<PreparedTransaction> prepared,
    List<Blocker> blockers,
    @Nullable LockoutReport lockout,
    List<PoolerReport> poolers) {

  /** Nothing of the kind. */
  public static final Surroundings NONE =
      new Surroundings(List.of(), List.of(), List.of(), List.of(), null);

  /** Where no pooler was paused. */
  public Surroundings(
      List<StepResult> steps,
      List<Session> alsoHit,
      List<PreparedTransaction> prepared,
      List<Blocker> blockers,
      @Nullable LockoutReport lockout) {
    this(steps, alsoHit, prepared, blockers, lockout, List.of());
  }

  public Surroundings {
    steps = List.copyOf(steps);
    alsoHit = List.copyOf(alsoHit);
    prepared = List.copyOf(prepared);
    blockers = List.copyOf(blockers);
    poolers = List.copyOf(poolers);
  }
}
