package io.github.pgkill.model.sessions;

/** How hard the process behind a session is told to end. */
public enum ProcessSignal {
  /** The backend ends in good order, as {@code pg_terminate_backend} asks it to. */
  TERM,
  /** The kernel ends it; the server then ends every session and recovers from its log. */
  KILL
}
