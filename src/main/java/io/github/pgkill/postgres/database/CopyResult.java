package io.github.pgkill.postgres.database;

/** How one CREATE DATABASE ended. */
public sealed interface CopyResult {

  /** It went through. */
  record Copied() implements CopyResult {}

  /**
   * It was refused or held up, and nothing was made.
   *
   * @param reason the server's words
   * @param inUse whether it is because of somebody in the template; else of somebody's lock on it
   */
  record NotYet(String reason, boolean inUse) implements CopyResult {}

  /** It was cancelled, and nothing was made. */
  record Cancelled() implements CopyResult {}
}
