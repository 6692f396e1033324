package io.github.pgkill.job;

import io.github.pgkill.host.ThisBuild;
import io.github.pgkill.model.ConnectionSettings;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.DialPlan;
import io.github.pgkill.model.LockoutRecord;
import io.github.pgkill.model.PgkillError;
import io.github.pgkill.model.PgkillException;
import io.github.pgkill.model.PgkillFailure;
import io.github.pgkill.postgres.Reopened;
import io.github.pgkill.postgres.Server;
import io.github.pgkill.postgres.ServerConnector;
import io.github.pgkill.report.Console;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a lockout for the rest of the build: holds the session with the advisory lock by which
 * others see that this build lives, takes it again when it is lost, and opens the database in the
 * end.
 */
final class LockoutKeeper implements BuildLockouts.Opener {

  private static final long WATCH_MILLIS = 1_000;

  private final ConnectionSettings settings;
  private final DialPlan plan;
  private final DatabaseInfo database;
  private final Console console;
  private final Thread watch;
  private Server server;
  private @Nullable LockoutRecord record;
  private boolean finished;
  private boolean lost;
  private boolean broken;

  private LockoutKeeper(
      ConnectionSettings settings, DialPlan plan, DatabaseInfo database, Console console) {
    this.settings = settings;
    this.plan = plan;
    this.database = database;
    this.console = console;
    this.server = connect();
    this.watch = new Thread(this::watch, "pgkill-lockout-" + database.name());
    this.watch.setDaemon(true);
  }

  /**
   * Connects and takes the lock; the database may be closed then, not before.
   *
   * @throws PgkillFailure when the only database to hold it from is the closed one or template1
   */
  static LockoutKeeper start(
      ConnectionSettings settings, DialPlan plan, DatabaseInfo database, Console console) {
    List<String> elsewhere =
        settings.maintenanceDatabases().stream()
            .filter(name -> !name.equals("template1") && !name.equals(database.name()))
            .toList();
    if (elsewhere.isEmpty()) {
      throw new PgkillFailure(
          "a lockout that lasts for the build cannot be held from template1 or from the closed"
              + " database itself",
          "Name another database: -Dpgkill.maintenanceDatabase=..., or open it again at the end of"
              + " the goal: -Dpgkill.reopen=immediately");
    }
    LockoutKeeper keeper =
        new LockoutKeeper(settings.withMaintenanceDatabases(elsewhere), plan, database, console);
    keeper.watch.start();
    return keeper;
  }

  /** From now on it is closed, as the record says. */
  synchronized void closed(LockoutRecord taken) {
    record = taken;
  }

  /** Opens the database again; gives the lock up, too. */
  @Override
  public synchronized Reopened open() {
    finished = true;
    try {
      return openWith(server);
    } catch (PgkillError e) {
      // the session may have been lost a moment ago
      server = connect();
      return openWith(server);
    }
  }

  private Reopened openWith(Server session) {
    try (session) {
      return Reopening.with(session, database, record);
    }
  }

  @Override
  public synchronized boolean tend() {
    return record == null || server.lockouts().tend(record);
  }

  /** Gives up without opening: somebody else did, or the database is gone. */
  @Override
  public synchronized void abandon() {
    finished = true;
    server.close();
  }

  private Server connect() {
    Server connected = ServerConnector.toChange(settings, plan).connect();
    connected.lockouts().hold(ThisBuild.identity(), database);
    return connected;
  }

  private void watch() {
    while (pause()) {
      synchronized (this) {
        if (finished) {
          return;
        }
        look();
      }
    }
  }

  private void look() {
    try {
      if (lost) {
        server = connect();
        console.info("the session that holds the lockout of " + database.name() + " is back");
      } else {
        server.ping();
      }
      lost = false;
    } catch (PgkillException e) {
      if (!lost) {
        console.warn(
            "lost the session that holds the lockout of database "
                + database.name()
                + ", trying again: "
                + e.getMessage());
      }
      lost = true;
      return;
    }
    try {
      tell(tend());
    } catch (PgkillException e) {
      // whatever it is: the session holds the lock, and the next look tries again
      console.debug("could not look after database " + database.name() + ": " + e.getMessage());
    }
  }

  private void tell(boolean closed) {
    if (!closed && !broken) {
      broken = true;
      console.warn(
          "the lockout of database "
              + database.name()
              + " is gone although this build has not ended: somebody opened or dropped it");
    }
  }

  private static boolean pause() {
    try {
      Thread.sleep(WATCH_MILLIS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
