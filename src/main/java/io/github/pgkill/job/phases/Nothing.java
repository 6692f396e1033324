package io.github.pgkill.job.phases;

/** The plan of a phase that needs none. */
public enum Nothing {
  NOTHING
}
