package io.github.pgkill.postgres.sessions;

/** Whether a lock that keeps everybody else away can be had. */
public sealed interface LockCheck {

  /**
   * It was taken, on one table after the other, and given back.
   *
   * @param tables how many tables were locked
   * @param untried how many more there are, beyond what is tried
   */
  record Taken(int tables, int untried) implements LockCheck {}

  /**
   * Somebody kept it for longer than we waited.
   *
   * @param reason the server's words
   */
  record Kept(String reason) implements LockCheck {}

  /**
   * The server would not let us try.
   *
   * @param reason the server's words
   */
  record NotTried(String reason) implements LockCheck {}
}
