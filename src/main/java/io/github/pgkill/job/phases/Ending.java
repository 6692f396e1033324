package io.github.pgkill.job.phases;

/** How a goal ended, for a phase that has something to undo. */
public enum Ending {
  /** All phases are done. */
  DONE,
  /** This phase or a later one failed. */
  FAILED,
  /** The process is about to end, and the goal's own thread may still be at it. */
  INTERRUPTED,
  /** A later phase went past the point from which there is a way back. */
  OVERTAKEN
}
