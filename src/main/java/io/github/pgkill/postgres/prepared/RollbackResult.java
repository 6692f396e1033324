package io.github.pgkill.postgres.prepared;

/** What the server did with one request to roll back one prepared transaction. */
public sealed interface RollbackResult {

  /** It is rolled back, and the server lists it no more. */
  record RolledBack() implements RollbackResult {}

  /** Somebody ended it meanwhile, or the rule matches it no more. */
  record NoMatch() implements RollbackResult {}

  /**
   * The server would not.
   *
   * @param reason the server's own words
   */
  record Refused(String reason) implements RollbackResult {}
}
