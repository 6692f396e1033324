package io.github.pgkill.job.lockout;

import io.github.pgkill.host.build.ThisBuild;
import io.github.pgkill.job.admission.Nodes;
import io.github.pgkill.job.admission.WayBack;
import io.github.pgkill.job.nodes.Replay;
import io.github.pgkill.job.poolers.PoolerPause;
import io.github.pgkill.model.failure.AnotherServer;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.server.ServerInfo;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.database.Databases;
import io.github.pgkill.postgres.lockout.LockoutFound;
import io.github.pgkill.postgres.lockout.Lockouts;
import io.github.pgkill.postgres.lockout.Reopened;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.Wording;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Opens a database that this build closed, and no lockout of anybody else's. On the server that was
 * closed, what this build remembers will do; after a failover or a restart by others the server has
 * to bear the record, because it may be a clone.
 */
final class Reopening {

  /** For every node to replay it at the end of a build, which must not hang. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration LOOK = Duration.ofMillis(250);

  private Reopening() {}

  /**
   * Over a connection of its own.
   *
   * @param record what closing it took; null where that is not known
   * @param poolers what was paused before it was closed; null for nothing
   * @param console told whom we wait for
   * @throws PgkillException saying what stays closed, and what opens it
   */
  static Reopened anew(
      WayBack way,
      DatabaseInfo database,
      @Nullable LockoutRecord record,
      @Nullable PoolerPause poolers,
      Console console) {
    Server server;
    try {
      server = successor(way, database, console);
    } catch (AnotherServer e) {
      throw staysClosed(way, database, String.valueOf(e.getMessage()), e);
    } catch (PgkillException e) {
      throw staysClosed(way, database, "it cannot be reached: " + e.getMessage(), e);
    }
    try (server) {
      Reopened reopened = with(way, server, database, record, console);
      settle(way, server, database, reopened, poolers, console);
      return reopened;
    }
  }

  /** What follows an opening: every node has replayed it, and then the poolers are resumed. */
  static void settle(
      WayBack way,
      Server server,
      DatabaseInfo database,
      Reopened reopened,
      @Nullable PoolerPause poolers,
      Console console) {
    try {
      requireReplayed(way, server, database, console);
    } finally {
      if (poolers != null) {
        poolers.finish(server, reopened);
      }
    }
  }

  /** Where there are several hosts or nodes, one of them may be about to be promoted. */
  private static Server successor(WayBack way, DatabaseInfo database, Console console) {
    Stopwatch waited = new Stopwatch();
    boolean told = false;
    while (true) {
      try {
        return way.toGiveBack();
      } catch (AnotherServer e) {
        throw e;
      } catch (PgkillException e) {
        if (!way.severalHosts() || waited.elapsed().compareTo(PATIENCE) > 0) {
          throw e;
        }
        if (!told) {
          console.warn(
              "database "
                  + database.name()
                  + " may still be closed; waiting for a primary at one of the hosts, at most "
                  + Durations.format(PATIENCE)
                  + ": "
                  + e.getMessage());
          told = true;
        }
        Pause.of(LOOK);
      }
    }
  }

  /**
   * An opening that only the primary has is lost with it. A node that cannot be asked any more is
   * only told of.
   *
   * @throws PgkillFailure naming the node that has not replayed it in time
   */
  private static void requireReplayed(
      WayBack way, Server server, DatabaseInfo database, Console console) {
    if (!way.severalNodes()) {
      return;
    }
    List<Server> nodes =
        way.nodes(
            server,
            e -> console.warn("database " + database.name() + " is open; " + Wording.failure(e)));
    try {
      new Replay(nodes, database, "the opening", PATIENCE, console).await();
    } finally {
      Nodes.close(nodes);
    }
  }

  /** The same over a connection that is there. */
  static Reopened with(
      WayBack way,
      Server server,
      DatabaseInfo database,
      @Nullable LockoutRecord record,
      Console console) {
    Lockouts lockouts = new Lockouts(server, console::info);
    if (BuildLockouts.isSame(way.first(), server.info(), database)) {
      return record == null
          ? lockouts.reopen(database, ThisBuild.identity())
          : lockouts.giveBack(record);
    }
    if (!bearsRecord(way, server, database)) {
      throw staysClosed(
          way,
          database,
          "the server that answers now started at "
              + server.info().startedAt()
              + " and does not bear this build's record of it, or is on no higher timeline: it is"
              + " another one, or somebody opened the database there",
          null);
    }
    return lockouts.reopen(database, ThisBuild.identity());
  }

  /**
   * Whether the lockout went there with a failover or a restart, so that it is held there now: the
   * timeline allows it, and the record is there.
   */
  static boolean bearsRecord(WayBack way, Server server, DatabaseInfo database) {
    ServerInfo here = server.info();
    if (BuildLockouts.isAnothers(way.first(), here, database) || !way.mayBeSuccessor(server)) {
      return false;
    }
    return new Databases(server)
        .currentName(database)
        .flatMap(server::findDatabase)
        .map(now -> new Lockouts(server).look(now))
        .filter(LockoutFound.Closed.class::isInstance)
        .map(LockoutFound.Closed.class::cast)
        .filter(closed -> closed.record().databaseOid() == database.oid())
        .filter(closed -> closed.record().build().key() == ThisBuild.identity().key())
        .isPresent();
  }

  private static PgkillFailure staysClosed(
      WayBack way, DatabaseInfo database, String why, @Nullable PgkillException cause) {
    return new PgkillFailure(
        "database "
            + database.name()
            + " may still be closed on server "
            + way.described()
            + ", where this build closed it: "
            + why,
        "When that server is the primary again, or its successor answers: mvn"
            + " pgkill:restore-connect -Dpgkill.database="
            + database.name(),
        cause);
  }
}
