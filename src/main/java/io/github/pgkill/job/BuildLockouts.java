package io.github.pgkill.job;

import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.PgkillError;
import io.github.pgkill.model.PgkillException;
import io.github.pgkill.model.ServerInfo;
import io.github.pgkill.postgres.Reopened;
import io.github.pgkill.report.Console;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The lockouts that last for this build. Its modules and goals share them: who closes a database
 * that is closed already only counts, and the last one who gives it back opens it. What is left
 * then is opened when the build ends.
 */
public final class BuildLockouts {

  private static final Map<String, Kept> KEPT = new LinkedHashMap<>();
  private static boolean ending;
  private static final Map<String, Object> MUTEXES = new ConcurrentHashMap<>();

  private BuildLockouts() {}

  /** Opens one database again. */
  interface Opener {
    Reopened open();
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

  /** A database of a server, whatever names lead to it. */
  static String key(ServerInfo server, DatabaseInfo database) {
    return server.systemIdentifier() + "/" + database.oid();
  }

  /** Held while a goal of this build closes or opens the database. */
  static Object mutex(String key) {
    return MUTEXES.computeIfAbsent(key, unused -> new Object());
  }

  /** Whether this build has closed it. */
  static synchronized boolean has(String key) {
    return KEPT.containsKey(key);
  }

  /** From now on this build keeps it closed. */
  static synchronized void keep(String key, DatabaseInfo database, Opener opener) {
    if (ending) {
      throw new PgkillError(
          "the build is being interrupted: nothing is closed any more", null, null);
    }
    KEPT.put(key, new Kept(database, opener));
  }

  /** It is open again, or is to stay closed. */
  static synchronized void forget(String key) {
    KEPT.remove(key);
  }

  /** One more goal relies on it. */
  static synchronized void share(String key) {
    Kept kept = KEPT.get(key);
    if (kept != null) {
      kept.users++;
    }
  }

  /**
   * One goal less relies on it; the last one opens it.
   *
   * @return what came of opening it; empty while others still rely on it
   */
  static Optional<Reopened> giveBack(String key) {
    Opener last;
    synchronized (BuildLockouts.class) {
      Kept kept = KEPT.get(key);
      if (kept == null || --kept.users > 0) {
        return Optional.empty();
      }
      last = kept.opener;
      KEPT.remove(key);
    }
    return Optional.of(last.open());
  }

  /** The database that it kept closed is gone, and with it the lockout. */
  static void end(String key) {
    Kept kept;
    synchronized (BuildLockouts.class) {
      kept = KEPT.remove(key);
    }
    if (kept != null) {
      kept.opener.open();
    }
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
    console.info(
        reopened.wasClosed()
            ? "database " + database + " is open again"
            : "database " + database + " was open already");
    reopened.kept().forEach(change -> console.warn("database " + database + ": " + change));
  }
}
