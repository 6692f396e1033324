package io.github.pgkill.job.lockout;

import io.github.pgkill.host.build.ThisBuild;
import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.phases.BuildLock;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.server.ServerInfo;
import io.github.pgkill.postgres.core.ProvenRestarts;
import io.github.pgkill.postgres.lockout.Reopened;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.LockoutWording;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The lockouts that last for this build. Its modules and goals share them: who closes a database
 * that is closed already only counts, and the last one who gives it back opens it. What is left
 * then is opened when the build ends.
 */
public final class BuildLockouts {

  private static final Map<String, Kept> KEPT = new LinkedHashMap<>();

  /** How often this build relies on a lockout of the build that forked it. */
  private static final Map<String, Integer> BORROWED = new HashMap<>();

  /** What was kept at any time, to tell a clone that was closed, too, from a successor. */
  private static final Set<String> EVER = ConcurrentHashMap.newKeySet();

  /** The key that a lockout was taken under, by the key of where it is now. */
  private static final Map<String, String> MOVED = new ConcurrentHashMap<>();

  private static boolean ending;

  private BuildLockouts() {}

  /** Who opens one database again. */
  interface Opener {

    Reopened open();

    /**
     * Sees to it that the server still has the record.
     *
     * @return whether the database is still closed by this build
     */
    default boolean tend() {
      return true;
    }

    /** Gives up without opening. */
    default void abandon() {}
  }

  private static final class Kept {
    private final DatabaseInfo database;
    private final Opener opener;
    private int users = 1;

    Kept(DatabaseInfo database, Opener opener) {
      this.database = database;
      this.opener = opener;
    }
  }

  /**
   * A database of a server, whatever names lead to it. The clones of one base backup share the
   * system identifier, and are told apart by when they started; what this build restarted keeps its
   * key.
   */
  public static String key(ServerInfo server, DatabaseInfo database) {
    String own =
        server.systemIdentifier()
            + "/"
            + ProvenRestarts.firstStart(server.startedAt())
            + "/"
            + database.oid();
    return MOVED.getOrDefault(own, own);
  }

  /**
   * The lockout of that database is held on this server now, which bears its record: a failover or
   * a restart by others brought it there.
   */
  static void moved(ServerInfo from, ServerInfo to, DatabaseInfo database) {
    String before = key(from, database);
    String now = key(to, database);
    if (!before.equals(now)) {
      MOVED.put(now, before);
    }
  }

  /** Whether the lockout taken on the first server is, or was moved to, the second. */
  static boolean isSame(ServerInfo first, ServerInfo second, DatabaseInfo database) {
    return key(first, database).equals(key(second, database));
  }

  /** Whether that database was closed by this build on the second server by itself. */
  static boolean isAnothers(ServerInfo first, ServerInfo second, DatabaseInfo database) {
    String there = key(second, database);
    return !isSame(first, second, database) && EVER.contains(there);
  }

  /**
   * Only one goal of this build at a time changes a database.
   *
   * @param parameter what sets the timeout; null where nothing does
   */
  public static BuildLock.Wanted lock(
      Admission admission, DatabaseInfo database, Duration timeout, @Nullable String parameter) {
    return new BuildLock.Wanted(
        key(admission.server().info(), database),
        "database " + database.name(),
        admission.journal().who(),
        timeout,
        parameter);
  }

  /** Whether this build has closed it. */
  public static synchronized boolean has(String key) {
    return KEPT.containsKey(key);
  }

  /** From now on this build keeps it closed. */
  private static synchronized void keep(String key, DatabaseInfo database, Opener opener) {
    if (ending) {
      throw new PgkillError(
          "the build is being interrupted: nothing is closed any more", null, null);
    }
    EVER.add(key);
    Kept earlier = KEPT.put(key, new Kept(database, opener));
    if (earlier != null) {
      // somebody broke that lockout meanwhile
      earlier.opener.abandon();
    }
  }

  /** It is open again, or is to stay closed. */
  static synchronized void forget(String key) {
    KEPT.remove(key);
  }

  /**
   * Closes a database that this build keeps closed from then on. When it cannot be closed, nothing
   * is kept; when the connection is lost meanwhile, the server may have closed it all the same, and
   * what cannot be opened right away is opened when the build ends.
   */
  public static LockoutRecord keepWhile(
      String key, DatabaseInfo database, Opener opener, Supplier<LockoutRecord> closing) {
    keep(key, database, opener);
    boolean closed = false;
    boolean unknown = false;
    try {
      LockoutRecord record = closing.get();
      closed = true;
      return record;
    } catch (PgkillError e) {
      unknown = !opened(opener, e);
      throw e;
    } finally {
      if (!closed && !unknown) {
        giveUp(key);
      }
    }
  }

  private static boolean opened(Opener opener, PgkillError lost) {
    try {
      opener.open();
      return true;
    } catch (PgkillException e) {
      lost.addSuppressed(e);
      return false;
    }
  }

  /** Nothing is to be opened any more. */
  static void giveUp(String key) {
    Kept kept;
    synchronized (BuildLockouts.class) {
      kept = KEPT.remove(key);
    }
    if (kept != null) {
      kept.opener.abandon();
    }
  }

  /** One more goal relies on it. */
  public static synchronized void share(String key, LockoutRecord record) {
    Kept kept = KEPT.get(key);
    if (kept != null) {
      kept.users++;
    } else if (record.build().key() != ThisBuild.identity().key()
        && record.reopen() != Reopen.NEVER) {
      BORROWED.merge(key, 1, Integer::sum);
    }
  }

  /** One goal less relies on a lockout of the build that forked this one; false when none did. */
  public static synchronized boolean returnBorrowed(String key) {
    return BORROWED.computeIfPresent(key, (k, users) -> users > 0 ? users - 1 : null) != null;
  }

  /** Whether this build still keeps it closed, which somebody else may have ended. */
  static boolean tend(String key) {
    Opener opener;
    synchronized (BuildLockouts.class) {
      Kept kept = KEPT.get(key);
      if (kept == null) {
        return false;
      }
      opener = kept.opener;
    }
    return opener.tend();
  }

  /**
   * One goal less relies on it; the last one opens it.
   *
   * @return what came of opening it; empty while others still rely on it
   */
  public static Optional<Reopened> giveBack(String key) {
    Kept last;
    synchronized (BuildLockouts.class) {
      last = KEPT.get(key);
      if (last == null || --last.users > 0) {
        return Optional.empty();
      }
    }
    Reopened reopened = last.opener.open();
    // only now: what could not be opened is tried again when the build ends
    forget(key);
    return Optional.of(reopened);
  }

  /** From now on nothing is closed any more: the process is about to end. */
  public static synchronized void end() {
    ending = true;
  }

  /** Whether there is anything to open at the end of the build. */
  public static synchronized boolean isEmpty() {
    return KEPT.isEmpty();
  }

  /**
   * Opens everything that this build still keeps closed.
   *
   * @return the failures; none of them keeps the other databases closed
   */
  public static List<PgkillException> openAll(Console console) {
    List<Kept> all;
    synchronized (BuildLockouts.class) {
      all = List.copyOf(KEPT.values());
      KEPT.clear();
    }
    List<PgkillException> failures = new ArrayList<>();
    for (Kept kept : all) {
      try {
        Reopened reopened = kept.opener.open();
        tell(kept.database.name(), reopened, console);
      } catch (PgkillException e) {
        failures.add(e);
      }
    }
    return failures;
  }

  /** Says what came of opening a database. */
  static void tell(String database, Reopened reopened, Console console) {
    console.info(LockoutWording.opened(database, reopened.wasClosed()));
    tellKept(database, reopened, console);
  }

  /** Warns of what others did to it meanwhile. */
  public static void tellKept(String database, Reopened reopened, Console console) {
    reopened.kept().stream()
        .map(change -> "database " + database + ": " + LockoutWording.kept(change))
        .forEach(console::warn);
  }
}
