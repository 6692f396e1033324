package io.github.pgkill.postgres;

/** How one DROP DATABASE ended. */
public sealed interface DropResult {

  /** It went through, or there was nothing left to drop. */
  record Dropped() implements DropResult {}

  /**
   * Somebody or something uses the database.
   *
   * @param reason the server's words
   */
  record InUse(String reason) implements DropResult {}
}
