package io.github.pgkill.model.lockout;

/** When a database that was closed is opened again. */
public enum Reopen {
  /** At the end of the goal that closed it. */
  IMMEDIATELY,
  /** At the end of the build, however it ends. */
  BUILD_END,
  /** Not by itself: only {@code restore-connect} does. */
  NEVER
}
