package io.github.pgkill.postgres.database;

import io.github.pgkill.model.server.DatabaseInfo;
import java.util.Locale;

/**
 * A temporary database of a goal that recreates one.
 *
 * @param database itself
 * @param kind which of both
 * @param concerns whether it was made for the database that was asked about, or for one that is
 *     gone
 * @param ours whether this build made it
 * @param living whether its build shows life, or somebody is in it
 * @param droppable whether this role may drop it and it is still as it was made
 */
public record Leftover(
    DatabaseInfo database,
    Kind kind,
    boolean concerns,
    boolean ours,
    boolean living,
    boolean droppable) {

  /** Which of both. */
  public enum Kind {
    /** Built to take another one's place, which it did not. */
    NEW,
    /** Its place was taken; it holds what the database held. */
    OLD
  }

  /** Under which name it is made: findable from the first statement on, with or without comment. */
  static String name(Kind kind, long oid, int key) {
    return "pgkill_"
        + kind.name().toLowerCase(Locale.ROOT)
        + "_"
        + oid
        + "_"
        + String.format("%08x", key);
  }
}
