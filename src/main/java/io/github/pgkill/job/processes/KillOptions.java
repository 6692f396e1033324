package io.github.pgkill.job.processes;

import io.github.pgkill.model.sessions.ProcessSignal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How to signal the processes behind sessions.
 *
 * @param signal the hardest one that is asked for; TERM is always the first
 * @param timeout for all of them to be gone
 * @param readyTimeout for the server to accept connections again, after a KILL
 * @param dataDirectory of the server; null to ask it
 * @param affectOtherSessions consent to a KILL's ending sessions that were not selected
 */
public record KillOptions(
    ProcessSignal signal,
    Duration timeout,
    Duration readyTimeout,
    @Nullable String dataDirectory,
    boolean affectOtherSessions) {

  /** How long processes may take to obey TERM before KILL follows where that was asked for. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  /** How long to wait after TERM. */
  public Duration afterTerm() {
    return kills() && timeout.compareTo(GRACE) > 0 ? GRACE : timeout;
  }

  public boolean kills() {
    return signal == ProcessSignal.KILL;
  }
}
