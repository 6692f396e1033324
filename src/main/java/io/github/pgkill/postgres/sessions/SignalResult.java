package io.github.pgkill.postgres.sessions;

import io.github.pgkill.model.sessions.Refusal;

/** What the server did with the request to signal one session. */
public sealed interface SignalResult {

  /** The signal is sent; the session ends when its process sees it. */
  record Sent() implements SignalResult {}

  /** The identity is not there any more, or the filters match it no more. */
  record NoMatch() implements SignalResult {}

  /**
   * The server would not send it.
   *
   * @param refusal why
   */
  record Refused(Refusal refusal) implements SignalResult {}
}
