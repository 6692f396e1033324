package io.github.pgkill.job.drop;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.admission.EnoughSlots;
import io.github.pgkill.job.backup.DatabaseBackup;
import io.github.pgkill.job.backup.RestoreOptions;
import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.job.phases.Runner;
import io.github.pgkill.job.removal.Leftovers;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.Wording;
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

  private final Console console;
  private final Journal journal;

  public RecreateDatabase(Console console, Journal journal) {
    this.console = console;
    this.journal = journal;
  }

  /**
   * What came of it.
   *
   * @param restore what the new database is to hold; null for nothing
   */
  public Termination run(DropDatabase.Request request, @Nullable RestoreOptions restore) {
    try (Admission admission =
        Admission.toDrop(
            request.connection(), request.rails(), request.options().confirm(), console, journal)) {
      Optional<DatabaseInfo> database = admission.target(request.options().failIfDatabaseMissing());
      return database.isPresent()
          ? recreate(admission, database.get(), request, restore)
          : Termination.nothing(Wording.noDatabase(request.connection().database(), "recreate"));
    }
  }

  private Termination recreate(
      Admission admission,
      DatabaseInfo database,
      DropDatabase.Request request,
      @Nullable RestoreOptions restore) {
    DropOptions options = request.options();
    DropPreflight preflight = new DropPreflight(admission.server(), database, true);
    NewDatabase fresh = new NewDatabase(admission, database, request, restore, console, journal);
    try (ClearedDatabase cleared =
        new ClearedDatabase(admission, database, options, preflight, console, journal)) {
      List<Phase<?>> phases = new ArrayList<>();
      phases.add(preflight);
      // at the swap: who bears witness to the closing, who holds a name, who watches the two
      phases.add(new EnoughSlots(admission, 3));
      phases.addAll(DatabaseBackup.first(request.backup(), admission, database, console, journal));
      phases.add(new Leftovers(admission, database, console));
      phases.add(fresh);
      phases.addAll(cleared.phases());
      phases.add(new Swap(fresh, cleared, database, options.timeout(), console, journal));
      phases.add(new DropReplaced(admission, fresh, cleared, options.timeout(), console, journal));
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
            "dry run: would recreate database " + database.name() + "; nothing was changed")
        : Termination.of(
            journal,
            Verdict.Status.SUCCESS,
            "database " + database.name() + " is recreated, " + fresh.described());
  }
}
