package io.github.pgkill.job.lockout;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.words.Words;
import io.github.pgkill.model.AnotherServer;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.LockoutRecord;
import io.github.pgkill.model.LockoutReport;
import io.github.pgkill.model.PgkillError;
import io.github.pgkill.model.PgkillException;
import io.github.pgkill.model.PgkillFailure;
import io.github.pgkill.model.Reopen;
import io.github.pgkill.model.StillDropping;
import io.github.pgkill.model.Verdict;
import io.github.pgkill.postgres.lockout.ClosePlan;
import io.github.pgkill.postgres.lockout.Reopened;
import io.github.pgkill.report.console.Console;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The door of a database around one goal that clears it: closed before anybody is touched, and
 * opened again however the goal ends, or kept for the build when the user wants that.
 */
public final class LockoutScope {

  private final Admission admission;
  private final DatabaseInfo database;
  private final @Nullable Closing closing;
  private final Console console;
  private final DatabaseLockout door;
  private final String key;
  private DatabaseLockout.Standing standing = DatabaseLockout.Standing.FREE;
  private boolean opened;
  private @Nullable LockoutReport doorReport;
  private boolean held;

  /** Read by whoever opens it when the build is interrupted, too. */
  private volatile @Nullable LockoutRecord taken;

  /**
   * @param closing how to close; null to leave the database as it is
   */
  public LockoutScope(
      Admission admission, DatabaseInfo database, @Nullable Closing closing, Console console) {
    this.admission = admission;
    this.database = database;
    this.closing = closing;
    this.console = console;
    this.door = new DatabaseLockout(admission.server(), database, console);
    this.key = BuildLockouts.key(admission.server().info(), database);
  }

  /** What would be executed to close the database for these sessions. */
  public List<String> rehearse(Selection first) {
    ClosePlan plan = closing == null ? null : plan(first, closing, door.foresee());
    return plan == null ? List.of() : door.rehearse(plan);
  }

  /**
   * Does the goal's work behind a closed door.
   *
   * @param work told whether the door is closed
   */
  public Termination during(Selection first, Function<Boolean, Termination> work) {
    ClosePlan plan = closing == null ? null : plan(first, closing, door.settle(closing.timeout()));
    if (plan == null) {
      return work.apply(standing != DatabaseLockout.Standing.FREE);
    }
    Lift lift;
    try {
      lift = close(plan);
    } catch (AnotherServer e) {
      throw e;
    } catch (PgkillFailure e) {
      if (closing != null && closing.closeWith() != null) {
        throw e;
      }
      console.warn("the database stays open: " + e.getMessage());
      return work.apply(false);
    }
    Termination termination = workOrLift(work, lift);
    boolean cleared = termination.verdict().status() == Verdict.Status.SUCCESS;
    if (plan.reopen() == Reopen.IMMEDIATELY || !cleared) {
      lift.run();
      opened = true;
    }
    return executed(termination);
  }

  /** With what closed and opened the database among its statements. */
  private Termination executed(Termination termination) {
    return doorReport == null
        ? termination
        : termination.between(doorReport.closing(), doorReport.reopening());
  }

  /**
   * Does something to the database as a whole, after which there is nothing left to open. It is
   * opened again when that fails, unless the server is still at it.
   *
   * @throws PgkillFailure when the database cannot be closed
   */
  public Termination untilDone(Selection first, Supplier<Termination> work) {
    Closing how = Objects.requireNonNull(closing, "only behind a closed door");
    standing = door.settle(how.timeout());
    if (standing == DatabaseLockout.Standing.FREE) {
      Lift lift = close(door.plan(how, first.victims()));
      Termination termination = workOrLift(closed -> work.get(), lift);
      BuildLockouts.forget(key);
      return executed(termination);
    }
    console.info("database " + database.name() + " is closed already; it stays as it is");
    Termination termination = work.get();
    BuildLockouts.giveUp(key);
    return termination;
  }

  /** What {@link #untilDone} would execute to close the database. */
  public List<String> rehearseUntilDone(Selection first) {
    Closing how = Objects.requireNonNull(closing, "only behind a closed door");
    return door.foresee() == DatabaseLockout.Standing.FREE
        ? door.rehearse(door.plan(how, first.victims()))
        : List.of();
  }

  /** Whether the database was closed and is open again. */
  public boolean opened() {
    return opened;
  }

  /** Holds the lockout again, over a session that replaces the one that held it. */
  public void holdAgain() {
    if (held) {
      door.hold();
    }
  }

  private Termination workOrLift(Function<Boolean, Termination> work, Lift lift) {
    boolean done = false;
    try {
      Termination termination = work.apply(true);
      done = true;
      return termination;
    } catch (StillDropping e) {
      done = true;
      BuildLockouts.forget(key);
      throw e;
    } catch (PgkillException e) {
      done = true;
      liftAfter(e, lift);
      throw e;
    } finally {
      if (!done) {
        lift.run();
      }
    }
  }

  private void liftAfter(PgkillException failure, Lift lift) {
    try {
      lift.run();
    } catch (PgkillException e) {
      // what is shown of a failure is its own message
      console.warn(
          "the goal failed, and then this: "
              + e.getMessage()
              + e.remedy().map(remedy -> ". " + remedy).orElse(""));
      failure.addSuppressed(e);
    }
  }

  /** Opens the database and says what came of it. */
  private interface Lift {
    void run();
  }

  private Lift close(ClosePlan plan) {
    if (plan.reopen() == Reopen.BUILD_END) {
      LockoutKeeper keeper = LockoutKeeper.start(admission, database, console);
      return closeFor(plan, keeper, keeper::closed);
    }
    door.hold();
    held = true;
    return closeFor(plan, this::openAnew, record -> {});
  }

  private Lift closeFor(
      ClosePlan plan, BuildLockouts.Opener opener, Consumer<LockoutRecord> closed) {
    LockoutRecord record = BuildLockouts.keepWhile(key, database, opener, () -> door.close(plan));
    taken = record;
    report(door.report());
    closed.accept(record);
    if (plan.reopen() == Reopen.NEVER) {
      BuildLockouts.forget(key);
    }
    return () -> lift(plan, record);
  }

  /** What fails here is tried once more over another connection, and again when the build ends. */
  private void lift(ClosePlan plan, LockoutRecord record) {
    Reopened reopened;
    try {
      reopened = door.open(record);
      if (plan.reopen() == Reopen.IMMEDIATELY) {
        door.release();
      }
    } catch (PgkillError e) {
      reopened = openAnew();
    }
    BuildLockouts.giveUp(key);
    BuildLockouts.tell(database.name(), reopened, console);
    LockoutReport closed = door.report();
    if (closed != null) {
      report(
          closed.reopened(
              Instant.now(),
              reopened.statements(),
              Words.opening(reopened),
              Words.reopened(database, reopened)));
    }
  }

  private void report(@Nullable LockoutReport state) {
    if (state != null) {
      doorReport = state;
      admission.journal().lockout(state);
    }
  }

  /** For the end of a build that is interrupted while the goal's own connection is busy. */
  private Reopened openAnew() {
    return Reopening.anew(admission.way(), database, taken);
  }

  /** Null where the database is not to be closed, or not by us. */
  private @Nullable ClosePlan plan(Selection first, Closing how, DatabaseLockout.Standing found) {
    standing = found;
    if (standing != DatabaseLockout.Standing.FREE) {
      console.info("database " + database.name() + " is closed already; it stays as it is");
      return null;
    }
    boolean nobodyToKeepOut = first.victims().isEmpty() && first.loggingIn().isEmpty();
    if (nobodyToKeepOut && how.reopen() == Reopen.IMMEDIATELY && !how.visitors()) {
      return null;
    }
    if (!door.mayClose()) {
      return mayNotClose();
    }
    return door.plan(how, first.victims());
  }

  private @Nullable ClosePlan mayNotClose() {
    if (closing != null && closing.closeWith() != null) {
      throw new PgkillFailure(
          door.whyItMayNotClose(),
          "Connect as its owner, GRANT the owner's role, or leave closeWith at auto.");
    }
    console.warn(door.whyItMayNotClose() + "; clients that come back are terminated again");
    return null;
  }
}
