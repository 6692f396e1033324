package io.github.pgkill.postgres.diagnose;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What one process or one prepared transaction has locked, or waits to lock, that others ask for.
 *
 * @param pid the process; null for a prepared transaction
 * @param gid the prepared transaction; null for a process
 * @param tables how many locks on tables and their like
 * @param objects how many on schemas, types and other objects of the database
 * @param database the modes of its locks on the database itself
 * @param names the tables by name and mode; empty where those cannot be known
 */
public record HeldLocks(
    @Nullable Integer pid,
    @Nullable String gid,
    int tables,
    int objects,
    List<String> database,
    List<String> names) {

  private static final int NAMED = 3;

  /** Modes that a copy, which takes a ShareLock on the database, gets along with. */
  private static final List<String> SHARED =
      List.of("AccessShareLock", "RowShareLock", "ShareLock");

  public HeldLocks {
    database = List.copyOf(database);
    names = List.copyOf(names);
  }

  /** Whether it has anything locked inside the database. */
  public boolean inside() {
    return tables + objects > 0;
  }

  /** Whether its lock on the database itself conflicts with a ShareLock. */
  public boolean stopsCopying() {
    return database.stream().anyMatch(mode -> !SHARED.contains(mode));
  }

  /** It in words: the first names where they are known, numbers otherwise. */
  public String described() {
    if (!names.isEmpty()) {
      int more = names.size() - NAMED;
      return "locks "
          + names.stream().limit(NAMED).collect(Collectors.joining(", "))
          + (more > 0 ? " and " + more + " more" : "");
    }
    return "holds " + (tables + objects) + (tables + objects == 1 ? " lock" : " locks");
  }
}
