package io.github.pgkill.model.sessions;

import org.jspecify.annotations.Nullable;

/**
 * A session to which nothing was done.
 *
 * @param session as it was when it was seen
 * @param foreseen why ending it would have come to nothing, refused or excluded; null where nothing
 *     stands against it, and for goals that only look
 */
public record ListedSession(Session session, @Nullable Outcome foreseen) {

  /** Nothing is known against ending it. */
  public ListedSession(Session session) {
    this(session, null);
  }
}
