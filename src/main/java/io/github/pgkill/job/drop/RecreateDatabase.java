package io.github.pgkill.job.drop;

import io.github.pgkill.host.build.ThisBuild;
import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.backup.BackupFirst;
import io.github.pgkill.job.backup.RestoreOptions;
import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.removal.DropUntilGone;
import io.github.pgkill.job.removal.Leftovers;
import io.github.pgkill.job.removal.UnfinishedDatabases;
import io.github.pgkill.job.terminate.PreparedRollback;
import io.github.pgkill.job.words.Stopwatch;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.Durations;
import io.github.pgkill.model.PgkillError;
import io.github.pgkill.model.PgkillException;
import io.github.pgkill.model.PgkillFailure;
import io.github.pgkill.model.Reopen;
import io.github.pgkill.model.StillDropping;
import io.github.pgkill.model.Verdict;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.database.Databases;
import io.github.pgkill.postgres.database.DropStatement;
import io.github.pgkill.postgres.database.Recreation;
import io.github.pgkill.postgres.lockout.LockoutFound;
import io.github.pgkill.postgres.lockout.Lockouts;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The goal that replaces a database by one of the same kind, empty or restored from a dump: guard,
 * preflight, build the new one, close, terminate until quiet, let them change places, drop the old
 * one, prove. At no moment is there none.
 */
public final class RecreateDatabase {

  /** How long one attempt waits for a lock before it tells for whom. */
  private static final Duration LOCK = Duration.ofSeconds(1);

  private final Console console;
  private final Journal journal;

  public RecreateDatabase(Console console, Journal journal) {
    this.console = console;
    this.journal = journal;
  }

  /**
   * Does it.
   *
   * @param restore what the new database is to hold; null for nothing
   */
  public Termination run(DropDatabase.Request request, @Nullable RestoreOptions restore) {
    try (Admission admission =
        Admission.toDrop(
            request.connection(), request.rails(), request.options().confirm(), console, journal)) {
      Optional<DatabaseInfo> database = admission.target(request.options().failIfDatabaseMissing());
      return database.isPresent()
          ? recreateAlone(admission, database.get(), request, restore)
          : Termination.nothing(
              "there is no database " + request.connection().database() + " to recreate");
    }
  }

  /** No other goal of this build may open the database while this one relies on its door. */
  private Termination recreateAlone(
      Admission admission,
      DatabaseInfo database,
      DropDatabase.Request request,
      @Nullable RestoreOptions restore) {
    synchronized (BuildLockouts.mutex(BuildLockouts.key(admission.server().info(), database))) {
      return recreate(admission, database, request, restore);
    }
  }

  private Termination recreate(
      Admission admission,
      DatabaseInfo database,
      DropDatabase.Request request,
      @Nullable RestoreOptions restore) {
    try (PreparedRollback prepared =
        new PreparedRollback(admission, database, request.options().prepared(), console, journal)) {
      return recreate(admission, database, request, restore, prepared);
    }
  }

  private Termination recreate(
      Admission admission,
      DatabaseInfo database,
      DropDatabase.Request request,
      @Nullable RestoreOptions restore,
      PreparedRollback prepared) {
    DropOptions options = request.options();
    DropPreflight preflight = new DropPreflight(admission.server(), database);
    preflight.requireOwner();
    preflight.requireCreator();
    prepared.prepare();
    preflight.requireNothingInTheWay(options.affectReplication(), true, prepared.selected());
    requireNotToStayClosed(admission.server(), database);
    ClearedDatabase clearance =
        new ClearedDatabase(admission, database, options, prepared, console, journal);
    clearance.look();
    Leftovers leftovers = new Leftovers(admission, console);
    if (options.dryRun()) {
      leftovers.tell(database);
    } else {
      leftovers.remove(database);
    }
    Recreation recreation =
        new Databases(admission.server()).recreation(database, ThisBuild.identity());
    NewDatabaseContent filling =
        new NewDatabaseContent(restore, recreation, admission, console, journal);
    BackupFirst backup = new BackupFirst(request.backup(), console, journal);
    if (options.dryRun()) {
      backup.rehearse(admission, database);
      filling.rehearse();
      return rehearsed(clearance.rehearsal(), recreation, database);
    }
    List<String> backedUp = backup.run(admission, database);
    // shows others that whoever builds the new one lives
    new Lockouts(admission.server()).hold(ThisBuild.identity(), database);
    Termination cleared;
    try (UnfinishedDatabases.Unfinished unfinished =
        UnfinishedDatabases.begin(admission, request.rails(), database)) {
      cleared = replace(admission, database, options, clearance, recreation, filling, prepared);
      unfinished.swapped(recreation.retired());
      dropOld(admission, database, options, clearance, recreation);
    }
    new Lockouts(admission.server()).release(ThisBuild.identity(), database);
    return executed(cleared, recreation)
        .concluding("database " + database.name() + " is recreated, " + filling.described())
        .remarking(backedUp);
  }

  private static Termination executed(Termination cleared, Recreation recreation) {
    List<String> after = new ArrayList<>(recreation.swapping());
    after.add(DropStatement.statement(recreation.retired()));
    return cleared.between(recreation.building(), after);
  }

  /** The new database would be open, which whoever closed this one does not expect. */
  private void requireNotToStayClosed(Server server, DatabaseInfo database) {
    if (!(new Lockouts(server).look(database) instanceof LockoutFound.Closed closed)) {
      return;
    }
    if (closed.record().reopen() == Reopen.NEVER) {
      throw new PgkillFailure(
          "database "
              + database.name()
              + " was closed to stay closed, and the recreated one would be open",
          "Open it first: mvn pgkill:restore-connect");
    }
    console.warn(
        "database " + database.name() + " is closed; the recreated one is as it was before that");
  }

  private Termination replace(
      Admission admission,
      DatabaseInfo database,
      DropOptions options,
      ClearedDatabase clearance,
      Recreation recreation,
      NewDatabaseContent filling,
      PreparedRollback prepared) {
    try {
      recreation.create();
      filling.run();
      recreation.furnish();
      console.info("the new database is built, under a temporary name");
      // building it may have taken hours
      new DropPreflight(admission.server(), database)
          .requireNothingInTheWay(options.affectReplication(), true, prepared.selected());
      clearance.look();
      return clearance.around(() -> swap(database, options, clearance, recreation));
    } catch (PgkillException e) {
      throw discarded(e, admission, options, recreation);
    }
  }

  private void swap(
      DatabaseInfo database,
      DropOptions options,
      ClearedDatabase clearance,
      Recreation recreation) {
    Stopwatch watch = new Stopwatch();
    String said = "";
    Optional<String> heldUp = recreation.swap(LOCK);
    while (heldUp.isPresent()) {
      if (watch.elapsed().compareTo(options.timeout()) > 0) {
        throw new PgkillFailure(
            "the server would not rename database "
                + database.name()
                + " within "
                + Durations.format(options.timeout())
                + ": "
                + heldUp.get(),
            "Remove what the server names, or raise -Dpgkill.timeout.");
      }
      if (!said.equals(heldUp.get())) {
        console.info("the new database has to wait for its place: " + heldUp.get());
      }
      said = heldUp.get();
      clearance.again();
      heldUp = recreation.swap(LOCK);
    }
    console.info("the new database has taken the place of the old one");
  }

  /** The failure, after the new database was dropped; it names what could not be dropped. */
  private PgkillException discarded(
      PgkillException failure, Admission admission, DropOptions options, Recreation recreation) {
    try {
      recreation
          .unfinished()
          .ifPresent(
              rest -> new DropUntilGone(admission, rest, options.timeout(), console).run(() -> {}));
      return failure;
    } catch (PgkillException e) {
      failure.addSuppressed(e);
      String what =
          failure.getMessage()
              + "; besides, the unfinished database "
              + recreation.newName()
              + " could not be dropped: "
              + e.getMessage();
      String remedy = failure.remedy().orElse(null);
      return failure instanceof PgkillFailure
          ? new PgkillFailure(what, remedy, failure)
          : new PgkillError(what, remedy, failure);
    }
  }

  private void dropOld(
      Admission admission,
      DatabaseInfo database,
      DropOptions options,
      ClearedDatabase clearance,
      Recreation recreation) {
    DatabaseInfo old = recreation.retired();
    try {
      new DropUntilGone(admission, old, options.timeout(), console).run(clearance::again);
    } catch (PgkillException e) {
      String what =
          "database "
              + database.name()
              + " is recreated, but the old one, now "
              + old.name()
              + ", is still there: "
              + e.getMessage();
      throw e instanceof StillDropping
          ? new StillDropping(what, "Do not cancel it; it is gone as soon as that has finished.")
          : new PgkillFailure(what, "When nothing uses it: " + DropStatement.statement(old), e);
    }
  }

  private static Termination rehearsed(
      Termination rehearsal, Recreation recreation, DatabaseInfo database) {
    List<String> statements = new ArrayList<>(recreation.building());
    statements.addAll(rehearsal.statements());
    statements.addAll(recreation.swapping());
    statements.add(DropStatement.statement(recreation.retired()) + "  -- undo: none but a backup");
    return new Termination(
        rehearsal.results(),
        rehearsal.victims(),
        statements,
        Duration.ZERO,
        new Verdict(
            Verdict.Status.DRY_RUN,
            "dry run: would recreate database " + database.name() + "; nothing was changed",
            rehearsal.verdict().remarks()),
        null);
  }
}
