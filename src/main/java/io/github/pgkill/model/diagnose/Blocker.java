package io.github.pgkill.model.diagnose;

import io.github.pgkill.model.sessions.Refusal;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Something that is in the way of what a build wants to do with a database.
 *
 * @param kind what it is
 * @param what it in words, one line
 * @param age since when it is there; null where that cannot be told
 * @param pid the backend behind it; null where there is none
 * @param stops whether it stops what is intended; otherwise it only should be known
 * @param removal what removes it; null where nothing does
 * @param where the database in which that must be run; null where it does not matter
 * @param refusal why this role may not remove it, with the grant that mends it; null where it may
 */
public record Blocker(
    Kind kind,
    String what,
    @Nullable Duration age,
    @Nullable Integer pid,
    boolean stops,
    @Nullable Removal removal,
    @Nullable String where,
    @Nullable Refusal refusal) {

  /** The same, that stops what is intended or does not. */
  public Blocker stopping(boolean now) {
    return new Blocker(kind, what, age, pid, now, removal, where, refusal);
  }

  /** The same, not for us to remove. */
  public Blocker refused(Refusal why) {
    return new Blocker(kind, what, age, pid, stops, removal, where, why);
  }

  /** The same with more words. */
  public Blocker saying(String more) {
    return new Blocker(kind, what + more, age, pid, stops, removal, where, refusal);
  }

  /** The same, to be removed in that database. */
  public Blocker in(String database) {
    return new Blocker(kind, what, age, pid, stops, removal, database, refusal);
  }

  /** How to remove it, in words: the statement, where to run it, and why that is not for us. */
  public String remedy() {
    String how = removal == null ? "" : removal.text();
    if (removal != null && where != null) {
      how += " in database " + where;
    }
    if (refusal == null) {
      return how;
    }
    return how.isEmpty() ? refusal.words() : how + " (" + refusal.words() + ")";
  }

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
    /** It lets nobody in, or not us. */
    CLOSED,
    LOCKOUT,
    MIGRATION_LOCK,
    PRIVILEGE,
    PROTECTION;

    /** What programs that read a report know it by. */
    public String code() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }
}
