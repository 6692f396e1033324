package io.github.pgkill.postgres;

import io.github.pgkill.model.Session;
import org.jspecify.annotations.Nullable;

/**
 * A session that the filters match.
 *
 * @param session the session
 * @param excludedBy the rule that spares it; null for a victim
 */
public record Candidate(Session session, @Nullable String excludedBy) {

  /** Whether no rule spares it. */
  public boolean selected() {
    return excludedBy == null;
  }
}
