package io.github.pgkill.model.patroni;

/**
 * What Patroni answered to the request for a restart.
 *
 * @param status the HTTP status; {@link #NONE} when the connection ended without an answer
 * @param said its words, secrets masked
 */
public record RestartAnswer(int status, String said) {

  /** Nobody knows then whether the restart was begun. */
  public static final int NONE = 0;

  private static final int DONE = 200;

  /** Whether Patroni says that it did. */
  public boolean done() {
    return status == DONE;
  }

  /** Whether Patroni said anything. */
  public boolean given() {
    return status != NONE;
  }
}
