package io.github.pgkill.job.lockout;

import io.github.pgkill.host.build.ThisBuild;
import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.admission.WayBack;
import io.github.pgkill.job.poolers.PoolerPause;
import io.github.pgkill.model.failure.AnotherServer;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.lockout.Lockouts;
import io.github.pgkill.postgres.lockout.Reopened;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.Wording;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a lockout for the rest of the build: holds the session with the advisory lock by which
 * others see that this build lives, takes it again when it is lost, and opens the database in the
 * end. After a failover it takes the lock on the primary that bears the record: on a standby such a
 * lock is to be had, too, and tells nobody anything.
 */
public final class LockoutKeeper implements BuildLockouts.Opener {

  private static final long WATCH_MILLIS = 1_000;

  private final WayBack way;

  private final DatabaseInfo database;
  private final @Nullable PoolerPause poolers;
  private final Console console;
  private final Thread watch;
  private final Set<String> said = new HashSet<>();
  private Server server;
  private @Nullable LockoutRecord record;
  private boolean finished;
  private boolean lost;
  private boolean broken;

  private LockoutKeeper(
      WayBack way, DatabaseInfo database, @Nullable PoolerPause poolers, Console console) {
    this.way = way;
    this.database = database;
    this.poolers = poolers;
    this.console = console;
    this.server = way.another();
    hold(server);
    this.watch = new Thread(this::watch, "pgkill-lockout-" + database.name());
    this.watch.setDaemon(true);
  }

  /**
   * Connects and takes the lock; the database may be closed then, not before.
   *
   * @param poolers what is paused before it is closed; null for nothing
   * @throws PgkillFailure when the only database to hold it from is the closed one or template1
   */
  public static LockoutKeeper start(
      Admission admission, DatabaseInfo database, @Nullable PoolerPause poolers, Console console) {
    List<String> elsewhere =
        admission.settings().maintenanceDatabases().stream()
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
        new LockoutKeeper(admission.way().through(elsewhere), database, poolers, console);
    keeper.watch.start();
    return keeper;
  }

  /** From now on it is closed, as the record says. */
  public synchronized void closed(LockoutRecord taken) {
    record = taken;
  }

  /** Opens the database again; gives the lock up, too. */
  @Override
  public synchronized Reopened open() {
    finished = true;
    try (Server session = server) {
      Reopened reopened = Reopening.with(way, session, database, record, console);
      Reopening.settle(way, session, database, reopened, poolers, console);
      return reopened;
    } catch (PgkillError e) {
      // the session may have been lost a moment ago
      return Reopening.anew(way, database, record, poolers, console);
    }
  }

  /** On a server that never showed the record, it is not written anew. */
  @Override
  public synchronized boolean tend() {
    return record == null
        || (BuildLockouts.isSame(way.first(), server.info(), database)
            ? new Lockouts(server).tend(record)
            : Reopening.bearsRecord(way, server, database));
  }

  /** Gives up without opening: somebody else did, or the database is gone. */
  @Override
  public synchronized void abandon() {
    finished = true;
    server.close();
  }

  private void hold(Server connected) {
    new Lockouts(connected).hold(ThisBuild.identity(), database);
  }

  /** Connects to where the lockout is now, and takes the lock there. */
  private Server again() {
    Server connected = way.toGiveBack();
    boolean ours = false;
    try {
      if (!BuildLockouts.isSame(way.first(), connected.info(), database)) {
        requireRecord(connected);
        BuildLockouts.moved(way.first(), connected.info(), database);
      }
      hold(connected);
      ours = true;
      return connected;
    } finally {
      if (!ours) {
        connected.close();
      }
    }
  }

  private void requireRecord(Server connected) {
    if (!Reopening.bearsRecord(way, connected, database)) {
      throw new AnotherServer(
          "the server that answers now, at "
              + connected.host()
              + ", started at "
              + connected.info().startedAt()
              + " and does not bear the record of this build's lockout, or is on no higher timeline;"
              + " it was taken on server "
              + way.described(),
          "Is the address one of another server now?");
    }
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
        server = again();
        tellWhereItIs();
      } else {
        server.ping();
      }
      lost = false;
    } catch (PgkillException e) {
      lost(e);
      return;
    }
    try {
      tell(tend());
    } catch (PgkillException e) {
      // whatever it is: the session holds the lock, and the next look tries again
      console.debug("could not look after database " + database.name() + ": " + e.getMessage());
    }
  }

  private void tellWhereItIs() {
    said.clear();
    String back = "the session that holds the lockout of " + database.name() + " is back";
    if (way.leadsTo(server.info())) {
      console.info(back);
    } else {
      console.warn(
          back
              + ", at "
              + server.host()
              + ", on a server that started at "
              + server.info().startedAt()
              + ": after a restart or a failover, and it bears this build's record");
    }
  }

  private void lost(PgkillException e) {
    if (!lost) {
      lost = true;
      forget();
      console.warn(
          "lost the session that holds the lockout of database "
              + database.name()
              + ", trying again: "
              + e.getMessage());
    } else if (e instanceof AnotherServer) {
      sayOnce(Wording.failure(e));
    } else {
      String demoted = "server " + way.described() + " is a standby now; looking for the primary";
      if (way.severalHosts() && !said.contains(demoted) && way.becameStandby()) {
        sayOnce(demoted);
      }
    }
  }

  private void sayOnce(String what) {
    if (said.add(what)) {
      console.warn("the lockout of database " + database.name() + ": " + what);
    }
  }

  private void forget() {
    try {
      server.close();
    } catch (PgkillException e) {
      console.debug("the lost session: " + e.getMessage());
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
