package io.github.pgkill.postgres.lockout;

import java.util.List;

/**
 * What closing would execute.
 *
 * @param statements in order, as a person would type them
 */
public record Rehearsal(List<String> statements) {

  public Rehearsal {
    statements = List.copyOf(statements);
  }
}
