package io.github.pgkill.job.removal;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.diagnose.BlockerSearch;
import io.github.pgkill.job.diagnose.StuckLogins;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.failure.StillDropping;
import io.github.pgkill.model.failure.Unreachable;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.database.Databases;
import io.github.pgkill.postgres.database.DropResult;
import io.github.pgkill.postgres.database.DropStatement;
import io.github.pgkill.postgres.database.NameHold;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.console.ProgressLine;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Drops one database and no other that may have its name by then: puts the statement into the
 * server's lock queue behind a connection that holds the name, clears the way again when somebody
 * slipped in, and proves that the database is gone. The statement is never interrupted.
 */
public final class DropUntilGone {

  private static final Duration LOOK = Duration.ofMillis(250);

  /** How often a statement in the lock queue is looked at; it stays there for 250 ms. */
  private static final Duration QUEUED = Duration.ofMillis(5);

  /** How long we wait in the lock queue ourselves before we tell for whom. */
  private static final Duration HOLD = Duration.ofSeconds(1);

  /** Lets whoever is ahead of us have it. */
  private static final Duration AGAIN = Duration.ofMillis(100);

  /** What a DROP that nothing holds up may take on a busy machine. */
  private static final Duration AT_LEAST = Duration.ofSeconds(2);

  private final Admission admission;
  private final Server server;
  private final DatabaseInfo database;
  private final Duration timeout;
  private final Console console;
  private final StuckLogins logins;
  private final Stopwatch watch = new Stopwatch();
  private String lastReason = "";

  public DropUntilGone(
      Admission admission, DatabaseInfo database, Duration timeout, Console console) {
    this.admission = admission;
    this.server = admission.server();
    this.database = database;
    this.timeout = timeout;
    this.console = console;
    this.logins =
        new StuckLogins(server, Sessions.of(server, database, SessionFilter.ALL_CLIENTS), console);
  }

  /**
   * Returns once the database is gone.
   *
   * @param clear ends the sessions that slipped in
   * @throws StillDropping when time is up and the server is still at it
   * @throws PgkillFailure when the database is in use to the end of the timeout
   */
  public void run(Runnable clear) {
    try (Server beside = beside();
        NameHold hold = new NameHold(beside, database)) {
      while (!dropped(hold, clear)) {
        if (left().isZero()) {
          throw notDropped();
        }
      }
    }
    requireGone();
  }

  /** On a full server the next slot that somebody leaves is ours. */
  private Server beside() {
    while (true) {
      try {
        return server.beside();
      } catch (Unreachable e) {
        if (!e.slotsTaken() || left().isZero()) {
          throw e;
        }
        awaited(String.valueOf(e.getMessage()));
        Pause.of(Pause.shorter(AGAIN, left()));
      }
    }
  }

  /** Tries once. */
  private boolean dropped(NameHold hold, Runnable clear) {
    logins.awaitNone(left());
    new Databases(server).requireSame(database);
    DropResult result = attempt(hold);
    if (result instanceof DropResult.HeldUp heldUp) {
      awaited(heldUp.reason());
      Pause.of(Pause.shorter(AGAIN, left()));
    } else if (result instanceof DropResult.InUse inUse) {
      awaited(inUse.reason());
      if (!left().isZero()) {
        clear.run();
      }
    } else if (result instanceof DropResult.Missing) {
      new Databases(server).requireSame(database);
    }
    return result instanceof DropResult.Dropped;
  }

  private void awaited(String reason) {
    if (!reason.equals(lastReason)) {
      console.info("database " + database.name() + " is not dropped yet: " + reason);
    }
    lastReason = reason;
  }

  private PgkillFailure notDropped() {
    String there = stillThere(admission, database, console);
    return new PgkillFailure(
        "the server would not drop database "
            + database.name()
            + " within "
            + Durations.format(timeout)
            + ": "
            + lastReason
            + (there.isEmpty() ? "" : "; still there: " + there),
        "Remove what the server names, or raise -Dpgkill.timeout.");
  }

  /** What {@code diagnose} would name now, to continue a sentence; empty for nothing. */
  public static String stillThere(Admission admission, DatabaseInfo database, Console console) {
    List<Blocker> left =
        new BlockerSearch(
                admission.server(), database, Intent.DROP, SessionFilter.ALL_CLIENTS, console)
            .find()
            .stopping();
    return left.stream().map(Blocker::what).collect(Collectors.joining("; "));
  }

  private DropResult attempt(NameHold hold) {
    Optional<String> heldUp = hold.take(Pause.shorter(HOLD, atLeast(LOOK)));
    if (heldUp.isPresent()) {
      return new DropResult.HeldUp(heldUp.get());
    }
    Server another;
    try {
      another = admission.another();
    } catch (Unreachable e) {
      // a server that a storm of clients keeps busy lets us in at another time
      hold.release();
      return new DropResult.HeldUp(String.valueOf(e.getMessage()));
    }
    try (DropStatement drop = DropStatement.start(another, database)) {
      return letGo(drop, hold) ? watched(drop) : heldUp(drop, hold);
    }
  }

  /**
   * Lets go of the name only when the statement is next. While we hold it, the statement cannot get
   * further than waiting for its lock, and it gives that up by itself: nothing has to cancel it.
   *
   * @return false when it gave up
   */
  private boolean letGo(DropStatement drop, NameHold hold) {
    try {
      while (!drop.ended(QUEUED)) {
        if (hold.isAllThatHoldsUp(drop.pid())) {
          hold.release();
          return true;
        }
      }
      return false;
    } catch (PgkillError e) {
      if (Thread.currentThread().isInterrupted()) {
        drop.outwait();
        throw e;
      }
      // without our hold it goes ahead, and what comes of it must be known
      console.warn("lost the connection that held the name of the database: " + e.getMessage());
      return true;
    }
  }

  private DropResult heldUp(DropStatement drop, NameHold hold) {
    DropResult result = watched(drop);
    Optional<String> by = hold.heldUp();
    hold.release();
    return result instanceof DropResult.HeldUp && by.isPresent()
        ? new DropResult.HeldUp(by.get())
        : result;
  }

  /** How it ended; the server is asked when the connection cannot tell any more. */
  private DropResult watched(DropStatement drop) {
    DropResult result = watch(drop);
    return result instanceof DropResult.Lost broken ? settled(drop, broken.lost()) : result;
  }

  private DropResult settled(DropStatement drop, PgkillError lost) {
    while (new Databases(server).runs(drop.session())) {
      if (left().isZero()) {
        throw stillDropping(drop);
      }
      Pause.of(QUEUED);
    }
    if (new Databases(server).currentName(database).isPresent()) {
      throw lost;
    }
    console.info(
        "the connection that executed DROP DATABASE was lost before the answer came; database "
            + database.name()
            + " is gone");
    return new DropResult.Dropped();
  }

  private DropResult watch(DropStatement drop) {
    Stopwatch running = new Stopwatch();
    ProgressLine progress =
        new ProgressLine("to be dropped", "DROP DATABASE is running", timeout, console);
    while (true) {
      Optional<DropResult> result = drop.await(LOOK);
      if (result.isPresent()) {
        return result.get();
      }
      if (left().isZero() && running.elapsed().compareTo(AT_LEAST) > 0) {
        throw stillDropping(drop);
      }
      logins.endStuck();
      if (progress.due(watch.elapsed())) {
        progress.at(watch.elapsed(), List.of()).ifPresent(console::progress);
      }
    }
  }

  private StillDropping stillDropping(DropStatement drop) {
    String there = stillThere(admission, database, console);
    return new StillDropping(
        "DROP DATABASE did not end within "
            + Durations.format(timeout)
            + ": process "
            + drop.pid()
            + " waits for "
            + new Databases(server)
                .waitsFor(drop.pid())
                .orElse(there.isEmpty() ? "nothing that the server shows" : "what is still there")
            + (there.isEmpty() ? "" : "; still there: " + there)
            + ". It is left to finish, because a database whose DROP is interrupted is lost;"
            + " database "
            + database.name()
            + " stays closed meanwhile",
        "Do not cancel it. On PostgreSQL 15 and later it waits for every process of the server:"
            + " look for a stopped one on the host. Should the DROP fail after all, mvn"
            + " pgkill:restore-connect opens the database.");
  }

  private void requireGone() {
    new Databases(server)
        .currentName(database)
        .ifPresent(
            name -> {
              throw new PgkillError(
                  "the server reported database "
                      + database.name()
                      + " as dropped and still lists it (object id "
                      + database.oid()
                      + (name.equals(database.name()) ? "" : ", now named " + name)
                      + ")",
                  null,
                  null);
            });
  }

  private Duration left() {
    Duration left = timeout.minus(watch.elapsed());
    return left.isNegative() ? Duration.ZERO : left;
  }

  private Duration atLeast(Duration least) {
    return left().compareTo(least) < 0 ? least : left();
  }
}
