package io.github.pgkill.postgres.sessions;

import io.github.pgkill.model.sessions.Exclusion;
import io.github.pgkill.model.sessions.Session;
import org.jspecify.annotations.Nullable;

/**
 * A session that the filters match.
 *
 * @param session the session
 * @param excludedBy the rule that spares it; null for a victim
 */
public record Candidate(Session session, @Nullable Exclusion excludedBy) {

  /** Whether nothing spares it but that it is in the middle of a migration or an index build. */
  public boolean migrating() {
    return excludedBy != null && excludedBy.migration();
  }

  /** Whether no rule spares it. */
  public boolean selected() {
    return excludedBy == null;
  }
}
