package io.github.pgkill.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Something that is in the way of what a build wants to do with a database.
 *
 * @param kind what it is
 * @param what it in words, one line
 * @param age since when it is there; null where that cannot be told
 * @param pid the backend behind it; null where there is none
 * @param stops whether it stops what is intended; otherwise it only should be known
 * @param removal the statement or command that removes it; null where none does
 * @param where the database in which that must be run; null where it does not matter
 * @param refusal why this role may not remove it, with the grant that mends it; null where it may
 */
public record Blocker(
    Kind kind,
    String what,
    @Nullable Duration age,
    @Nullable Integer pid,
    boolean stops,
    @Nullable String removal,
    @Nullable String where,
    @Nullable String refusal) {

  /** What may be in the way. */
  public enum Kind {
    SESSION,
    PREPARED_TRANSACTION,
    REPLICATION_SLOT,
    SUBSCRIPTION,
    BASE_BACKUP,
    DUMP,
    AUTOVACUUM,
    BACKGROUND_WORKER,
    LOGIN,
    STOPPED_PROCESS,
    TEMPLATE,
    INVALID_DATABASE,
    LOCKOUT,
    MIGRATION_LOCK,
    PRIVILEGE,
    PROTECTION
  }
}
