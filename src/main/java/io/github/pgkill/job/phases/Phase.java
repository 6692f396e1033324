package io.github.pgkill.job.phases;

import io.github.pgkill.model.failure.PgkillException;

/**
 * One phase of a goal that changes something.
 *
 * @param <P> what checking finds out, and the other methods go by
 */
public interface Phase<P> {

  /**
   * Looks, and refuses whatever can be known beforehand. Changes nothing; is called again when an
   * earlier phase took long.
   */
  P check();

  /** Says what {@link #run} would do: to the report as planned, to the user as would be. */
  default void say(P plan) {}

  void run(P plan);

  /**
   * Undoes or finishes what running did. Phases that began to run are ended last to first; with
   * {@link Ending#INTERRUPTED} from another thread, while this one may be anywhere.
   */
  default void end(P plan, Ending ending) {}

  /** Whether running takes so long that what was checked has to be checked again. */
  default boolean takesLong() {
    return false;
  }

  /** Whether nothing that was done before may be undone once this is done. */
  default boolean isPointOfNoReturn() {
    return false;
  }

  /** Whether this phase has gone past its point of no return although it failed. */
  default boolean overtakes(PgkillException failure) {
    return false;
  }
}
