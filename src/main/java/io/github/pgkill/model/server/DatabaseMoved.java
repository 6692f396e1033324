package io.github.pgkill.model.server;

import io.github.pgkill.model.failure.PgkillFailure;
import org.jspecify.annotations.Nullable;

/** A database that somebody renamed or dropped meanwhile. What bears its name now is another. */
public final class DatabaseMoved extends PgkillFailure {

  private static final long serialVersionUID = 1L;

  /**
   * @param now the name that it has; null when it is gone
   */
  public DatabaseMoved(DatabaseInfo database, @Nullable String now) {
    super(
        "database "
            + database.name()
            + " (object id "
            + database.oid()
            + (now == null ? ") is not there any more" : ") was renamed to " + now + " meanwhile"),
        "What may have its name by now is another database, which was not touched. Find out who did"
            + " that, and run the goal again if it still has something to do.");
  }
}
