package io.github.pgkill.job.removal;

import io.github.pgkill.host.build.ThisBuild;
import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.words.Stopwatch;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.GuardRails;
import io.github.pgkill.model.Pause;
import io.github.pgkill.model.PgkillError;
import io.github.pgkill.model.PgkillException;
import io.github.pgkill.model.SessionId;
import io.github.pgkill.postgres.database.Databases;
import io.github.pgkill.postgres.database.DropStatement;
import io.github.pgkill.postgres.database.Leftover;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The databases that this build is about to replace. When it is interrupted before the new one has
 * the old one's place, the new one is dropped; after that, the old one's dropping is waited for.
 */
public final class UnfinishedDatabases {

  private static final Set<Unfinished> RUNNING = new LinkedHashSet<>();
  private static boolean ending;

  private UnfinishedDatabases() {}

  /** One that is being replaced. */
  public static final class Unfinished implements AutoCloseable {

    /** Together less than the end of the process may be held up. */
    private static final Duration PATIENCE = Duration.ofSeconds(6);

    private static final Duration LOOK = Duration.ofMillis(20);

    private final Admission admission;
    private final GuardRails rails;
    private final DatabaseInfo database;
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile @Nullable DatabaseInfo retired;

    private Unfinished(Admission admission, GuardRails rails, DatabaseInfo database) {
      this.admission = admission;
      this.rails = rails;
      this.database = database;
    }

    /** From now on the new one is in place, and the old one has this name. */
    public void swapped(DatabaseInfo old) {
      retired = old;
    }

    @Override
    public void close() {
      over.countDown();
      synchronized (UnfinishedDatabases.class) {
        RUNNING.remove(this);
      }
    }

    private void giveUp(Console console) {
      DatabaseInfo old = retired;
      if (old == null) {
        drop(console);
      } else if (!isOver()) {
        console.warn(
            "the build is interrupted while database "
                + old.name()
                + ", which was replaced, is dropped. If it stays: "
                + DropStatement.statement(old));
      }
    }

    private boolean isOver() {
      try {
        return over.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }

    private void drop(Console console) {
      SessionId builder = admission.server().info().self();
      // whatever its thread is about to say to the server
      admission.server().abort();
      try (Admission again =
          Admission.toRestore(
              admission.settings(), rails, console, new Journal("recreate-database", "", ""))) {
        Stopwatch waited = new Stopwatch();
        while (new Databases(again.server()).runs(builder)
            && waited.elapsed().compareTo(PATIENCE) < 0) {
          Pause.of(LOOK);
        }
        for (DatabaseInfo fresh : made(again)) {
          new DropUntilGone(again, fresh, PATIENCE, console).run(() -> {});
          console.warn("the unfinished database " + fresh.name() + " is dropped");
        }
      }
    }

    private List<DatabaseInfo> made(Admission again) {
      return new Databases(again.server())
          .leftovers(database, ThisBuild.identity()).stream()
              .filter(leftover -> leftover.ours() && leftover.kind() == Leftover.Kind.NEW)
              .filter(Leftover::concerns)
              .map(Leftover::database)
              .toList();
    }
  }

  /**
   * From now on there may be an unfinished database.
   *
   * @throws PgkillError when the build is being interrupted
   */
  public static synchronized Unfinished begin(
      Admission admission, GuardRails rails, DatabaseInfo database) {
    if (ending) {
      throw new PgkillError(
          "the build is being interrupted: no database is made any more", null, null);
    }
    Unfinished unfinished = new Unfinished(admission, rails, database);
    RUNNING.add(unfinished);
    return unfinished;
  }

  /** Whether there is none. */
  public static synchronized boolean isEmpty() {
    return RUNNING.isEmpty();
  }

  /** From now on none is begun any more: the process is about to end. */
  public static synchronized void end() {
    ending = true;
  }

  /** Drops what can be dropped, and names the rest. */
  public static void dropAll(Console console) {
    List<Unfinished> all;
    synchronized (UnfinishedDatabases.class) {
      all = List.copyOf(RUNNING);
    }
    for (Unfinished unfinished : all) {
      try {
        unfinished.giveUp(console);
      } catch (PgkillException e) {
        console.warn(
            "could not drop an unfinished database: "
                + e.getMessage()
                + ". The next goal that closes, opens, drops or recreates database "
                + unfinished.database.name()
                + " does");
      }
    }
  }
}
