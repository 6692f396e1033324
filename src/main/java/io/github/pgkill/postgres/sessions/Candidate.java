package io.github.pgkill.postgres.sessions;

import io.github.pgkill.model.Session;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A session that the filters match.
 *
 * @param session the session
 * @param excludedBy the rule that spares it; null for a victim
 */
public record Candidate(Session session, @Nullable String excludedBy) {

  /** What the server says of sessions that interruptMigrations alone lets us end. */
  private static final Set<String> MIGRATIONS =
      Set.of(
          "holds Flyway's lock",
          "works for the client that holds Flyway's lock",
          "works for Liquibase",
          "builds an index");

  /** Whether nothing spares it but that it is in the middle of a migration or an index build. */
  public boolean migrating() {
    return excludedBy != null && MIGRATIONS.contains(excludedBy);
  }

  /** Whether no rule spares it. */
  public boolean selected() {
    return excludedBy == null;
  }
}
