package io.github.pgkill.job.drop;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.backup.BackupFirst;
import io.github.pgkill.job.backup.BackupOptions;
import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.removal.DropUntilGone;
import io.github.pgkill.job.removal.Leftovers;
import io.github.pgkill.job.terminate.PreparedRollback;
import io.github.pgkill.model.ConnectionSettings;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.GuardRails;
import io.github.pgkill.model.Verdict;
import io.github.pgkill.postgres.database.DropStatement;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The goal that drops a database: guard, preflight, close, terminate until quiet, drop, prove. */
public final class DropDatabase {

  /**
   * What is asked for.
   *
   * @param connection where and as whom
   * @param rails what may be touched
   * @param options how
   * @param backup how to back it up first; null for not at all
   */
  public record Request(
      ConnectionSettings connection,
      GuardRails rails,
      DropOptions options,
      @Nullable BackupOptions backup) {}

  private final Console console;
  private final Journal journal;

  public DropDatabase(Console console, Journal journal) {
    this.console = console;
    this.journal = journal;
  }

  /** Does it. */
  public Termination run(Request request) {
    try (Admission admission =
        Admission.toDrop(
            request.connection(), request.rails(), request.options().confirm(), console, journal)) {
      Optional<DatabaseInfo> database = admission.target(request.options().failIfDatabaseMissing());
      return database.isPresent()
          ? dropAlone(admission, database.get(), request)
          : Termination.nothing(
              "there is no database " + request.connection().database() + " to drop");
    }
  }

  /** No other goal of this build may open the database while this one relies on its door. */
  private Termination dropAlone(Admission admission, DatabaseInfo database, Request request) {
    synchronized (BuildLockouts.mutex(BuildLockouts.key(admission.server().info(), database))) {
      return drop(admission, database, request);
    }
  }

  private Termination drop(Admission admission, DatabaseInfo database, Request request) {
    try (PreparedRollback prepared =
        new PreparedRollback(admission, database, request.options().prepared(), console, journal)) {
      return drop(admission, database, request, prepared);
    }
  }

  private Termination drop(
      Admission admission, DatabaseInfo database, Request request, PreparedRollback prepared) {
    DropOptions options = request.options();
    DropPreflight preflight = new DropPreflight(admission.server(), database);
    preflight.requireOwner();
    prepared.prepare();
    preflight.requireNothingInTheWay(options.affectReplication(), false, prepared.selected());
    ClearedDatabase clearance =
        new ClearedDatabase(admission, database, options, prepared, console, journal);
    clearance.look();
    BackupFirst backup = new BackupFirst(request.backup(), console, journal);
    Leftovers leftovers = new Leftovers(admission, console);
    if (options.dryRun()) {
      leftovers.tell(database);
      backup.rehearse(admission, database);
      return rehearsed(clearance.rehearsal(), database);
    }
    leftovers.remove(database);
    List<String> backedUp = backup.run(admission, database);
    if (backup.wanted()) {
      // it may have taken hours
      preflight.requireNothingInTheWay(options.affectReplication(), false, prepared.selected());
      clearance.look();
    }
    Termination cleared =
        clearance.around(
            () ->
                new DropUntilGone(admission, database, options.timeout(), console)
                    .run(clearance::again));
    return cleared
        .between(List.of(), List.of(DropStatement.statement(database)))
        .concluding("database " + database.name() + " is dropped")
        .remarking(backedUp);
  }

  private static Termination rehearsed(Termination rehearsal, DatabaseInfo database) {
    List<String> statements = new ArrayList<>(rehearsal.statements());
    statements.add(DropStatement.statement(database) + "  -- undo: none but a backup");
    return new Termination(
        rehearsal.results(),
        rehearsal.victims(),
        statements,
        rehearsal.duration(),
        new Verdict(
            Verdict.Status.DRY_RUN,
            "dry run: would drop database " + database.name() + "; nothing was changed",
            rehearsal.verdict().remarks()),
        null);
  }
}
