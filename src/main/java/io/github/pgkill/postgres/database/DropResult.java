package io.github.pgkill.postgres.database;

import io.github.pgkill.model.failure.PgkillError;

/** How one DROP DATABASE ended. */
public sealed interface DropResult {

  /** It went through. */
  record Dropped() implements DropResult {}

  /**
   * Somebody or something uses the database.
   *
   * @param reason the server's words
   */
  record InUse(String reason) implements DropResult {}

  /**
   * It did not get its lock on the database in time; nothing was touched.
   *
   * @param reason who had one, or the server's words
   */
  record HeldUp(String reason) implements DropResult {}

  /** No database had the name when it was looked up. */
  record Missing() implements DropResult {}

  /**
   * The connection broke off before the answer came: the server may have dropped it, or be about
   * to.
   *
   * @param lost how it broke off
   */
  record Lost(PgkillError lost) implements DropResult {}
}
