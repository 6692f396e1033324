package io.github.pgkill.job.lockout;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.nodes.Replay;
import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.job.phases.Ending;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.job.poolers.PoolerPause;
import io.github.pgkill.job.poolers.PoolerPlan;
import io.github.pgkill.job.poolers.Resumption;
import io.github.pgkill.model.failure.AnotherServer;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.lockout.LockoutReport;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.poolers.PausedAlias;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.postgres.lockout.ClosePlan;
import io.github.pgkill.postgres.lockout.Reopened;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.LockoutWording;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The lockout around what a goal does to a database: closes it before anybody is touched, and opens
 * it again however the goal ends, or keeps it closed for the build where the user wants that.
 */
public final class LockoutScope implements Phase<LockoutScope.Plan> {

  /** How much depends on the database's being closed. */
  public enum Need {
    /** Clients that come back are terminated again where it cannot be closed. */
    HELPS,
    /** What follows cannot be done to an open database, or closing it is all that was asked for. */
    MUST
  }

  private final Admission admission;
  private final DatabaseInfo database;
  private final @Nullable Closing closing;
  private final Need need;
  private final Supplier<Selection> first;
  private final Runnable stop;
  private final Console console;
  private final Journal journal;
  private final DatabaseLockout lockout;
  private final String key;
  private @Nullable PoolerPause poolers;
  private DatabaseLockout.Standing standing = DatabaseLockout.Standing.FREE;
  private boolean foreseen;
  private boolean closed;
  private boolean opened;
  private boolean held;

  /** Read by whoever opens it when the build is interrupted, too. */
  private volatile @Nullable LockoutRecord taken;

  /**
   * @param closing how to close; null to leave the database as it is
   * @param first who was there at the first look
   */
  public LockoutScope(
      Admission admission,
      DatabaseInfo database,
      @Nullable Closing closing,
      Need need,
      Supplier<Selection> first,
      Console console) {
    this(admission, database, closing, need, first, () -> {}, console, admission.journal());
  }

  /**
   * For a database that is not the goal's target, too.
   *
   * @param first who was there at the first look
   * @param stop ends what this build has under way with the database and what would keep it from
   *     being opened, when it has to be opened from another thread
   * @param journal takes what is done
   */
  public LockoutScope(
      Admission admission,
      DatabaseInfo database,
      @Nullable Closing closing,
      Need need,
      Supplier<Selection> first,
      Runnable stop,
      Console console,
      Journal journal) {
    this.admission = admission;
    this.database = database;
    this.closing = closing;
    this.need = need;
    this.first = first;
    this.stop = stop;
    this.console = console;
    this.journal = journal;
    this.lockout = new DatabaseLockout(admission.server(), database, console);
    this.key = BuildLockouts.key(admission.server().info(), database);
  }

  /** With the poolers before the database, which are paused before it is closed. */
  public LockoutScope behind(PoolerPause pause) {
    if (pause.isWanted()) {
      poolers = pause;
      lockout.behind(pause, new Resumption(admission, console));
    }
    return this;
  }

  /**
   * How the database is to be closed.
   *
   * @param standing who keeps it closed already
   * @param close how we do; null where it is not to be closed, or not by us
   * @param pauses the poolers that are paused before
   * @param statements what that executes
   * @param notes what the user may want to know
   * @param warnings what the user should act on
   */
  public record Plan(
      DatabaseLockout.Standing standing,
      @Nullable ClosePlan close,
      PoolerPlan pauses,
      List<String> statements,
      List<String> notes,
      List<String> warnings) {}

  @Override
  public Plan check() {
    List<String> notes = new ArrayList<>();
    Plan plan =
        closing == null ? leftOpen(notes) : plan(closing, lockout.foresee(notes::add), notes);
    foreseen = plan.close() != null || plan.standing() != DatabaseLockout.Standing.FREE;
    return plan;
  }

  private Plan leftOpen(List<String> notes) {
    if (poolers != null) {
      notes.add("the poolers are not paused, because the database is not closed");
    }
    return new Plan(
        DatabaseLockout.Standing.FREE, null, PoolerPlan.NOTHING, List.of(), notes, List.of());
  }

  /** Whether it may come to a closing of ours, as far as the last check can tell. */
  public boolean foreseen() {
    return foreseen;
  }

  @Override
  public void say(Plan plan) {
    tell(plan);
    if (poolers != null) {
      poolers.say(plan.pauses());
    }
    plan.statements().forEach(journal::planned);
  }

  @Override
  public void run(Plan checked) {
    if (closing == null) {
      return;
    }
    standing = lockout.settle(closing.timeout());
    // whoever had it closed until now may have left it otherwise than it looked
    boolean asFound = checked.notes().isEmpty() && standing == checked.standing();
    Plan plan = asFound ? checked : plan(closing, standing, new ArrayList<>());
    tell(plan);
    if (standing == DatabaseLockout.Standing.OURS) {
      share();
    }
    if (plan.close() != null) {
      close(closing, pausing(plan.close(), plan.pauses()));
    }
    closed = taken != null || standing != DatabaseLockout.Standing.FREE;
  }

  private ClosePlan pausing(ClosePlan plan, PoolerPlan pauses) {
    return poolers == null ? plan : plan.pausing(poolers.prepare(pauses));
  }

  @Override
  public void end(Plan plan, Ending ending) {
    LockoutRecord record = taken;
    // the build's lockouts know what is closed, and open it when it is interrupted
    if (ending == Ending.INTERRUPTED) {
      return;
    }
    if (ending == Ending.OVERTAKEN) {
      forget();
      resume();
    } else if (record != null && (ending == Ending.FAILED || reopen() == Reopen.IMMEDIATELY)) {
      lift(record);
      opened = true;
    }
  }

  private void resume() {
    if (poolers != null) {
      poolers.resume();
    }
  }

  /** There is nothing left to open, or not yet. */
  private void forget() {
    if (taken == null) {
      BuildLockouts.giveUp(key);
    } else {
      BuildLockouts.forget(key);
    }
  }

  /** Whether the database is closed to new connections, by this goal or another. */
  public boolean isClosed() {
    return closed;
  }

  /** Who kept the database closed when this goal came. */
  public DatabaseLockout.Standing standing() {
    return standing;
  }

  /** Whether the database was closed and is open again. */
  public boolean opened() {
    return opened;
  }

  /** Holds the lockout again, over a session that replaces the one that held it. */
  public void holdAgain() {
    if (held) {
      lockout.hold();
    }
  }

  private Plan plan(Closing how, DatabaseLockout.Standing found, List<String> notes) {
    List<String> warnings = new ArrayList<>();
    ClosePlan close = null;
    if (found != DatabaseLockout.Standing.FREE) {
      notes.add("database " + database.name() + " is closed already; it stays as it is");
    } else if (need == Need.MUST || somebodyToKeepOut(how)) {
      close = mayClose(how, warnings) ? lockout.plan(how, victims(), warnings::add) : null;
    }
    PoolerPlan pauses =
        close == null || poolers == null
            ? PoolerPlan.NOTHING
            : poolers.check(how.reopen(), leftPaused(notes));
    notes.addAll(pauses.notes());
    warnings.addAll(pauses.warnings());
    List<String> statements = close == null ? List.of() : lockout.rehearse(close);
    return new Plan(found, close, pauses, statements, notes, warnings);
  }

  /** Found while only looking, what a dead build closed is still to be opened and resumed. */
  private List<PausedAlias> leftPaused(List<String> notes) {
    return notes.isEmpty()
        ? List.of()
        : lockout.found().map(LockoutRecord::paused).orElse(List.of());
  }

  private List<Session> victims() {
    return first.get().victims();
  }

  private boolean somebodyToKeepOut(Closing how) {
    Selection there = first.get();
    return !there.victims().isEmpty()
        || !there.loggingIn().isEmpty()
        || how.reopen() != Reopen.IMMEDIATELY
        || how.stepsMustGetIn();
  }

  private boolean mayClose(Closing how, List<String> warnings) {
    if (lockout.mayClose()) {
      return true;
    }
    if (need == Need.MUST || how.closeWith() != null || poolers != null) {
      throw new PgkillFailure(
          lockout.whyItMayNotClose(),
          need == Need.MUST
              ? "Connect as its owner, or GRANT the owner's role."
              : "Connect as its owner, GRANT the owner's role, or leave closeWith at auto.");
    }
    warnings.add(lockout.whyItMayNotClose() + "; clients that come back are terminated again");
    return false;
  }

  private void tell(Plan plan) {
    plan.notes().forEach(console::info);
    plan.warnings().forEach(console::warn);
  }

  private Reopen reopen() {
    return closing == null ? Reopen.IMMEDIATELY : closing.reopen();
  }

  private void share() {
    if (need == Need.MUST && reopen() != Reopen.IMMEDIATELY) {
      lockout.found().ifPresent(record -> BuildLockouts.share(key, record));
    }
  }

  private void close(Closing how, ClosePlan plan) {
    try {
      if (plan.reopen() == Reopen.BUILD_END) {
        LockoutKeeper keeper = LockoutKeeper.start(admission, database, poolers, console);
        closeFor(plan, keeper, keeper::closed);
        return;
      }
      if (plan.reopen() == Reopen.IMMEDIATELY) {
        lockout.hold();
        held = true;
      }
      closeFor(plan, this::openAnew, record -> {});
    } catch (AnotherServer e) {
      throw e;
    } catch (PgkillFailure e) {
      if (!plan.paused().isEmpty()) {
        throw e;
      }
      if (need == Need.MUST || how.closeWith() != null) {
        throw e;
      }
      console.warn("the database stays open: " + e.getMessage());
    } finally {
      if (taken == null) {
        resume();
      }
    }
  }

  private void closeFor(
      ClosePlan plan, BuildLockouts.Opener opener, Consumer<LockoutRecord> whenClosed) {
    LockoutRecord record =
        BuildLockouts.keepWhile(key, database, opener, () -> lockout.close(plan));
    taken = record;
    LockoutReport report = lockout.report();
    if (report != null) {
      report.closing().forEach(journal::executed);
      journal.lockout(report);
    }
    lockout.logicalReplicas().ifPresent(journal::remark);
    whenClosed.accept(record);
    if (plan.reopen() == Reopen.NEVER) {
      BuildLockouts.forget(key);
    }
  }

  /** What fails here is tried once more over another connection, and again when the build ends. */
  private void lift(LockoutRecord record) {
    Reopened reopened = null;
    PgkillFailure unproved = null;
    PgkillFailure stillPaused = null;
    try {
      reopened = lockout.open(record);
      BuildLockouts.tell(database.name(), reopened, console);
      unproved = unproved();
      stillPaused = finish(reopened);
      if (held) {
        lockout.release();
      }
    } catch (PgkillError e) {
      Reopened again = openAnew();
      if (reopened == null) {
        reopened = again;
        BuildLockouts.tell(database.name(), reopened, console);
      }
    }
    BuildLockouts.giveUp(key);
    reopened.statements().forEach(journal::executed);
    LockoutReport report = lockout.report();
    if (report != null) {
      journal.lockout(
          report.reopened(
              Instant.now(),
              reopened.statements(),
              reopened.opening(),
              LockoutWording.opened(database.name(), reopened.wasClosed(), reopened.kept())));
    }
    if (unproved != null) {
      throw unproved;
    }
    if (stillPaused != null) {
      throw stillPaused;
    }
  }

  /** The poolers' clients come in last, and whatever became of the opening. */
  private @Nullable PgkillFailure finish(Reopened reopened) {
    try {
      if (poolers != null) {
        poolers.finish(admission.server(), reopened);
      }
      return null;
    } catch (PgkillFailure e) {
      return e;
    }
  }

  /** An opening that a node has not replayed is lost when that node is promoted. */
  private @Nullable PgkillFailure unproved() {
    if (closing == null || !admission.severalNodes()) {
      return null;
    }
    try {
      new Replay(admission.nodes(), database, "the opening", closing.timeout(), console).await();
      return null;
    } catch (PgkillFailure e) {
      return e;
    }
  }

  /** For the end of a build that is interrupted while the goal's own connection is busy. */
  private Reopened openAnew() {
    stop.run();
    return Reopening.anew(admission.way(), database, taken, poolers, console);
  }
}
