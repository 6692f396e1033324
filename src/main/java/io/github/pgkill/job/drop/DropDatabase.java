package io.github.pgkill.job.drop;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.admission.EnoughSlots;
import io.github.pgkill.job.backup.BackupOptions;
import io.github.pgkill.job.backup.DatabaseBackup;
import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.nodes.Replay;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.phases.Nothing;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.job.phases.Runner;
import io.github.pgkill.job.removal.DropUntilGone;
import io.github.pgkill.job.removal.Leftovers;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.StillDropping;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.database.DropStatement;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.Wording;
import java.time.Duration;
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

  public Termination run(Request request) {
    try (Admission admission =
        Admission.toDrop(
            request.connection(), request.rails(), request.options().confirm(), console, journal)) {
      Optional<DatabaseInfo> database = admission.target(request.options().failIfDatabaseMissing());
      return database.isPresent()
          ? drop(admission, database.get(), request)
          : Termination.nothing(Wording.noDatabase(request.connection().database(), "drop"));
    }
  }

  private Termination drop(Admission admission, DatabaseInfo database, Request request) {
    DropOptions options = request.options();
    DropPreflight preflight = new DropPreflight(admission.server(), database, false);
    try (ClearedDatabase cleared =
        new ClearedDatabase(admission, database, options, preflight, console, journal)) {
      List<Phase<?>> phases = new ArrayList<>();
      phases.add(preflight);
      // one bears witness to the closing, and another one holds the name
      phases.add(new EnoughSlots(admission, 2));
      phases.addAll(DatabaseBackup.first(request.backup(), admission, database, console, journal));
      phases.add(new Leftovers(admission, database, console));
      phases.addAll(cleared.phases());
      phases.add(new Drop(admission, database, cleared, options.timeout()));
      Replay replay = cleared.replayed();
      if (replay != null) {
        phases.add(replay);
      }
      new Runner(
              options.dryRun(),
              BuildLockouts.lock(admission, database, options.timeout(), "timeout"),
              console)
          .run(phases);
    }
    return options.dryRun()
        ? Termination.of(
            journal,
            Verdict.Status.DRY_RUN,
            "dry run: would drop database " + database.name() + "; nothing was changed")
        : Termination.of(
            journal, Verdict.Status.SUCCESS, "database " + database.name() + " is dropped");
  }

  /** Drops the cleared database. */
  private final class Drop implements Phase<Nothing> {

    private final Admission admission;
    private final DatabaseInfo database;
    private final ClearedDatabase cleared;
    private final Duration timeout;

    Drop(Admission admission, DatabaseInfo database, ClearedDatabase cleared, Duration timeout) {
      this.admission = admission;
      this.database = database;
      this.cleared = cleared;
      this.timeout = timeout;
    }

    @Override
    public Nothing check() {
      cleared.requireNothingInTheWay(false);
      return Nothing.NOTHING;
    }

    @Override
    public void say(Nothing plan) {
      journal.planned(DropStatement.statement(database) + "  -- undo: none but a backup");
    }

    @Override
    public void run(Nothing plan) {
      new DropUntilGone(admission, database, timeout, console).run(cleared::again);
      journal.executed(DropStatement.statement(database));
    }

    @Override
    public boolean isPointOfNoReturn() {
      return true;
    }

    @Override
    public boolean overtakes(PgkillException failure) {
      return failure instanceof StillDropping;
    }
  }
}
