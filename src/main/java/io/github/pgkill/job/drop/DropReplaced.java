package io.github.pgkill.job.drop;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.phases.Ending;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.job.removal.DropUntilGone;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.failure.StillDropping;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.database.DropStatement;
import io.github.pgkill.postgres.database.Recreation;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Drops the old database once the new one has its place. */
final class DropReplaced implements Phase<Recreation> {

  /** Together less than the end of the process may be held up. */
  private static final Duration PATIENCE = Duration.ofSeconds(6);

  private final Admission admission;
  private final NewDatabase<Recreation> fresh;
  private final ClearedDatabase cleared;
  private final Duration timeout;
  private final Console console;
  private final Journal journal;
  private final CountDownLatch over = new CountDownLatch(1);

  DropReplaced(
      Admission admission,
      NewDatabase<Recreation> fresh,
      ClearedDatabase cleared,
      Duration timeout,
      Console console,
      Journal journal) {
    this.admission = admission;
    this.fresh = fresh;
    this.cleared = cleared;
    this.timeout = timeout;
    this.console = console;
    this.journal = journal;
  }

  @Override
  public Recreation check() {
    return fresh.fresh();
  }

  @Override
  public void say(Recreation recreation) {
    journal.planned(DropStatement.statement(recreation.retired()) + "  -- undo: none but a backup");
  }

  @Override
  public void run(Recreation recreation) {
    DatabaseInfo old = recreation.retired();
    try {
      new DropUntilGone(admission, old, timeout, console).run(cleared::again);
      journal.executed(DropStatement.statement(old));
    } catch (PgkillException e) {
      throw left(e, old);
    } finally {
      over.countDown();
    }
  }

  private PgkillFailure left(PgkillException e, DatabaseInfo old) {
    String what =
        "database "
            + fresh.database().name()
            + " is recreated, but the old one, now "
            + old.name()
            + ", is still there: "
            + e.getMessage();
    return e instanceof StillDropping
        ? new StillDropping(what, "Do not cancel it; it is gone as soon as that has finished.")
        : new PgkillFailure(what, "When nothing uses it: " + DropStatement.statement(old), e);
  }

  @Override
  public void end(Recreation recreation, Ending ending) {
    if (ending == Ending.INTERRUPTED && !isOver()) {
      console.warn(
          "the build is interrupted while database "
              + recreation.retired().name()
              + ", which was replaced, is dropped. If it stays: "
              + DropStatement.statement(recreation.retired()));
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
}
