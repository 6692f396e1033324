package io.github.pgkill.job.lockout;

import io.github.pgkill.host.build.ThisBuild;
import io.github.pgkill.job.poolers.PoolerPause;
import io.github.pgkill.job.poolers.Resumption;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.lockout.LockoutReport;
import io.github.pgkill.model.lockout.LockoutState;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.lockout.ClosePlan;
import io.github.pgkill.postgres.lockout.ConnectingRole;
import io.github.pgkill.postgres.lockout.LockoutFound;
import io.github.pgkill.postgres.lockout.Lockouts;
import io.github.pgkill.postgres.lockout.Reopened;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.LockoutWording;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The lockout of one database: what keeps it closed already, closing it, and proof that it is. */
public final class DatabaseLockout {

  /** How long a build that lost its session may take to show that it lives. */
  public static final Duration GRACE = Duration.ofSeconds(3);

  private static final Duration LOOK = Duration.ofMillis(200);

  /** A wait that is shorter is not worth a line. */
  private static final Duration SILENCE = Duration.ofSeconds(1);

  private static final String MONITOR = "pg_monitor";

  /** Who keeps the database closed when a goal comes to it, if anybody does. */
  public enum Standing {
    /** Nobody: it is ours to close. */
    FREE,
    /** This build, or one that forked it. */
    OURS,
    /** Somebody closed it to stay closed until a person opens it. */
    STAYS_CLOSED
  }

  private final Server server;
  private final DatabaseInfo database;
  private final Lockouts lockouts;
  private final Console console;

  private @Nullable LockoutRecord record;
  private @Nullable LockoutReport report;
  private List<String> replication = List.of();
  private Duration patience = Duration.ZERO;
  private @Nullable PoolerPause poolers;
  private @Nullable Resumption resumption;

  public DatabaseLockout(Server server, DatabaseInfo database, Console console) {
    this.server = server;
    this.database = database;
    this.lockouts = new Lockouts(server, console::info);
    this.console = console;
  }

  /** With poolers that are paused while it is closed, and resumed where a dead build left them. */
  DatabaseLockout behind(PoolerPause pause, Resumption left) {
    poolers = pause;
    resumption = left;
    return this;
  }

  /** Whether this role may close and open it. */
  boolean mayClose() {
    return server.info().systemIdentifier() != null && lockouts.mayClose(database);
  }

  /** Why it may not, for whoever has to act on it. */
  String whyItMayNotClose() {
    return "role "
        + server.info().role()
        + " may not close database "
        + database.name()
        + ": it is neither its owner nor a superuser";
  }

  /**
   * Deals with a lockout that is there: waits for a living build's, undoes a dead one's.
   *
   * @throws PgkillFailure when another build keeps it for longer than the timeout
   */
  Standing settle(Duration timeout) {
    patience = timeout;
    return settle(timeout, new Stopwatch());
  }

  private Standing settle(Duration timeout, Stopwatch waited) {
    boolean told = false;
    while (true) {
      LockoutFound found = look();
      if (found instanceof LockoutFound.Unusable unusable) {
        console.warn(String.valueOf(Lockouts.unusable(database.name(), unusable).getMessage()));
      }
      if (!(found instanceof LockoutFound.Closed closed)) {
        return Standing.FREE;
      }
      record = closed.record();
      boolean ours = ThisBuild.isOrDescendsFrom(closed.record().build());
      boolean open = closed.record().state() == LockoutState.RESUMING;
      if (ours && !open) {
        return Standing.OURS;
      }
      if (closed.record().reopen() == Reopen.NEVER && !open) {
        return Standing.STAYS_CLOSED;
      }
      if (ours || dead(closed)) {
        reclaim(closed.record());
      } else if (waited.elapsed().compareTo(timeout) >= 0) {
        throw lockedOut(closed.record());
      } else {
        told = told || tellWait(closed, timeout, waited);
        Pause.of(LOOK);
      }
    }
  }

  /** Says whom we wait for, once, as soon as it is worth a line. */
  private boolean tellWait(LockoutFound.Closed closed, Duration timeout, Stopwatch waited) {
    boolean due = waited.elapsed().compareTo(SILENCE) >= 0;
    if (due) {
      console.info(
          OpenLockouts.closed(database, closed.record(), true)
              + ": waiting for it, at most "
              + Durations.format(timeout));
    }
    return due;
  }

  /**
   * What {@link #settle} would come to, without waiting for anybody and changing anything.
   *
   * @param note takes what would come first
   */
  Standing foresee(Consumer<String> note) {
    if (!(lockouts.look(database) instanceof LockoutFound.Closed closed)) {
      return Standing.FREE;
    }
    record = closed.record();
    if (ThisBuild.isOrDescendsFrom(closed.record().build())) {
      return Standing.OURS;
    }
    if (closed.record().reopen() == Reopen.NEVER) {
      return Standing.STAYS_CLOSED;
    }
    note.accept(
        OpenLockouts.closed(database, closed.record(), closed.held())
            + (closed.held() ? ": would wait for it" : ": would open it first"));
    return Standing.FREE;
  }

  /** Looks, and has our own record put back first where somebody replaced it. */
  private LockoutFound look() {
    LockoutFound found = lockouts.look(database);
    if (found instanceof LockoutFound.Closed) {
      return found;
    }
    String key = BuildLockouts.key(server.info(), database);
    return BuildLockouts.has(key) && BuildLockouts.tend(key) ? lockouts.look(database) : found;
  }

  /** The record that {@link #settle} found last. */
  Optional<LockoutRecord> found() {
    return Optional.ofNullable(record);
  }

  /**
   * Whether nobody will open it any more: its build's process is gone, whoever else may hold its
   * lock, or nobody holds that for the grace.
   */
  public boolean dead(LockoutFound.Closed found) {
    LockoutRecord record = found.record();
    if (ThisBuild.hasEnded(record.build())) {
      return true;
    }
    if (found.held()) {
      return false;
    }
    Stopwatch waited = new Stopwatch();
    while (waited.elapsed().compareTo(GRACE) < 0) {
      Pause.of(LOOK);
      boolean still =
          lockouts.look(database) instanceof LockoutFound.Closed closed
              && !closed.held()
              && closed.record().build().is(record.build());
      if (!still) {
        return false;
      }
    }
    return true;
  }

  private void reclaim(LockoutRecord record) {
    Reopened reopened = lockouts.reopen(database, record.build());
    if (reopened.wasClosed()) {
      console.info(OpenLockouts.closed(database, record, false) + ": opened it");
      BuildLockouts.tellKept(database.name(), reopened, console);
    }
    LockoutRecord left = reopened.toResume();
    if (left != null) {
      if (resumption == null) {
        throw Resumption.unknown(left);
      }
      resumption.of(left);
      lockouts.resumed(left);
    }
  }

  public PgkillFailure lockedOut(LockoutRecord record) {
    return new PgkillFailure(
        OpenLockouts.closed(database, record, true),
        "Wait for it (-Dpgkill.timeout=10m), or, if that build hangs, break its lockout: mvn"
            + " pgkill:restore-connect -Dpgkill.force=true");
  }

  /**
   * Settles how to close it, for the sessions that are to stay out.
   *
   * @param warn takes what the user should act on
   */
  ClosePlan plan(Closing closing, List<Session> seen, Consumer<String> warn) {
    requireConsent(closing);
    Set<String> admitted = new LinkedHashSet<>(closing.admitRoles());
    admitted.add(server.info().role());
    // CONNECT is asked of the role that logs in, before it becomes another one
    admitted.add(server.loginRole());
    admitted.add(MONITOR);
    CloseWith closeWith = closing.closeWith();
    if (closeWith == null) {
      ClosingPolicy policy = policy(closing, admitted, seen);
      closeWith = policy.choose();
      warnOfTheRest(policy, closeWith, warn);
    }
    if (closeWith == CloseWith.ALLOW_CONNECTIONS
        && server.info().connectedTo().equals(database.name())) {
      throw new PgkillFailure(
          "allow-connections cannot be set from inside database " + database.name(),
          "Name another database to connect to: -Dpgkill.maintenanceDatabase=...");
    }
    return new ClosePlan(
        database,
        closeWith,
        closing.revokeFrom(),
        new ArrayList<>(admitted),
        closing.reopen(),
        ThisBuild.identity());
  }

  private void requireConsent(Closing closing) {
    replication = lockouts.replication(database);
    if (!closing.affectReplication() && !replication.isEmpty()) {
      throw new PgkillFailure(
          "closing database "
              + database.name()
              + " would stop its logical replication ("
              + String.join(", ", replication)
              + "), and WAL would pile up meanwhile",
          "If that may be, add -Dpgkill.affectReplication=true");
    }
  }

  private ClosingPolicy policy(Closing closing, Set<String> admitted, List<Session> seen) {
    return new ClosingPolicy(
        seen,
        lockouts.bypassing(admitted),
        closing,
        server.info().connectedTo().equals(database.name()));
  }

  private static void warnOfTheRest(
      ClosingPolicy policy, CloseWith closeWith, Consumer<String> warn) {
    Set<String> rest = policy.notStoppedByRevoke();
    if (closeWith == CloseWith.REVOKE && !rest.isEmpty()) {
      warn.accept(
          "revoking CONNECT does not stop "
              + String.join(", ", rest)
              + ": superusers and roles that are admitted get in all the same. Give the build a"
              + " role of its own, let terminate watch over it (-Dpgkill.keepClear=true), or close"
              + " with allow-connections where nothing needs to get in");
    }
  }

  /**
   * Closes it and proves that it is closed: by the catalog, and by a refused connection where our
   * own role is among those shut out.
   *
   * @return the record that opens it again
   */
  LockoutRecord close(ClosePlan plan) {
    LockoutFound.Closed closed = plan.paused().isEmpty() ? closed(plan) : closedBehind(plan);
    try {
      requireRefusal(plan);
    } catch (PgkillFailure e) {
      giveBack(plan);
      throw e;
    }
    console.info(
        "database "
            + database.name()
            + " is closed to new connections ("
            + LockoutWording.word(closed.record().closedWith())
            + ")");
    report =
        new LockoutReport(
            plan.closeWith(),
            plan.reopen(),
            closed.statements(),
            Instant.now(),
            List.of(),
            null,
            null,
            null);
    tellWhoGetsIn(plan);
    return closed.record();
  }

  /** That other servers follow this database by its rows; empty where none does. */
  Optional<String> logicalReplicas() {
    return replication.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "database "
                + database.name()
                + " takes part in logical replication ("
                + String.join(", ", replication)
                + "): the database at the other end is one of its own, and was not touched");
  }

  /** First the record, then the pause, then the closing: nothing is taken that nobody knows of. */
  private LockoutFound.Closed closedBehind(ClosePlan plan) {
    PoolerPause pause = Objects.requireNonNull(poolers);
    closedBy(plan, lockouts::announce);
    try {
      pause.pause();
      return closed(plan);
    } catch (PgkillFailure e) {
      giveBack(plan);
      throw e;
    }
  }

  private void giveBack(ClosePlan plan) {
    Reopened reopened = lockouts.reopen(database, plan.build());
    if (poolers != null) {
      poolers.finish(server, reopened);
    }
  }

  /** What {@link #close} did, for the report; null as long as it did nothing. */
  @Nullable LockoutReport report() {
    return report;
  }

  /** Another build may be faster; then we wait for it as if it had been there before. */
  private LockoutFound.Closed closed(ClosePlan plan) {
    return closedBy(plan, lockouts::close);
  }

  private LockoutFound.Closed closedBy(ClosePlan plan, Function<ClosePlan, LockoutFound> how) {
    Stopwatch waited = new Stopwatch();
    while (true) {
      LockoutFound found = how.apply(plan);
      if (found instanceof LockoutFound.None) {
        throw new PgkillFailure(
            "somebody took the record away from database "
                + database.name()
                + " while its poolers were being paused",
            "Run the goal again.");
      }
      if (found instanceof LockoutFound.Unusable unusable) {
        throw Lockouts.unusable(database.name(), unusable);
      }
      if (found instanceof LockoutFound.Closed closed) {
        if (closed.record().build().is(plan.build())) {
          return closed;
        }
        Standing standing = settle(patience, waited);
        if (standing == Standing.OURS && waited.elapsed().compareTo(patience) < 0) {
          // the build that started ours was faster by a moment, and opens it again
          Pause.of(LOOK);
        } else if (standing != Standing.FREE) {
          throw lockedOut(closed.record());
        }
      }
    }
  }

  /** Where nobody may get in, we have a role to prove it with: our own. */
  private void requireRefusal(ClosePlan plan) {
    if (plan.closeWith() == CloseWith.ALLOW_CONNECTIONS && server.letsIn(database.name())) {
      throw new PgkillFailure(
          "database " + database.name() + " was closed and the server let us in all the same",
          "Somebody else opened it at the same moment: run the goal again.");
    }
  }

  private void tellWhoGetsIn(ClosePlan plan) {
    if (plan.closeWith() == CloseWith.ALLOW_CONNECTIONS) {
      return;
    }
    Set<String> superusers = new TreeSet<>();
    Set<String> others = new TreeSet<>();
    for (ConnectingRole role : lockouts.connectingRoles(database)) {
      (role.superuser() ? superusers : others).add(role.role());
    }
    others.removeAll(plan.admitted());
    console.info("superusers still get in: " + String.join(", ", superusers));
    if (plan.closeWith() == CloseWith.REVOKE && !others.isEmpty()) {
      console.warn(
          "these roles still get in, by a privilege that they inherit or that was left to them: "
              + String.join(", ", others));
    }
  }

  /** Opens it again if our lockout is still there to undo. */
  Reopened open(LockoutRecord ours) {
    return lockouts.giveBack(ours);
  }

  /** Lets others see that the lockout's build lives, for as long as this connection does. */
  void hold() {
    lockouts.hold(ThisBuild.identity(), database);
  }

  void release() {
    lockouts.release(ThisBuild.identity(), database);
  }

  /** What closing would execute. */
  List<String> rehearse(ClosePlan plan) {
    return lockouts.rehearse(plan).statements();
  }
}
