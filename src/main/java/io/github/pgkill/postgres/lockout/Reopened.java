package io.github.pgkill.postgres.lockout;

import java.util.List;

/**
 * What came of opening a database again.
 *
 * @param wasClosed whether there was a lockout to undo
 * @param statements what was executed
 * @param kept what somebody else changed meanwhile and what therefore is not as it was before
 */
public record Reopened(boolean wasClosed, List<String> statements, List<String> kept) {

  public Reopened {
    statements = List.copyOf(statements);
    kept = List.copyOf(kept);
  }
}
