package io.github.pgkill.job.drop;

import io.github.pgkill.host.build.ThisBuild;
import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.admission.EnoughSlots;
import io.github.pgkill.job.admission.Target;
import io.github.pgkill.job.backup.DatabaseBackup;
import io.github.pgkill.job.backup.RestoreOptions;
import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.nodes.Replay;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.phases.BuildLock;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.job.phases.Runner;
import io.github.pgkill.job.removal.Leftovers;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.database.Creation;
import io.github.pgkill.postgres.database.Databases;
import io.github.pgkill.postgres.database.Recreation;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.Wording;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The goal that replaces a database by one of the same kind, empty, restored from a dump or the
 * copy of another one: guard, preflight, build the new one, close, terminate until quiet, let them
 * change places, drop the old one, prove. At no moment is there none. Where there is none to begin
 * with and that is no failure, it builds the new one and gives it the name.
 */
public final class RecreateDatabase {

  /**
   * What the new database is to hold.
   *
   * @param backup a dump; null for none
   * @param template the name of a database to copy; null for none
   */
  public record Content(@Nullable RestoreOptions backup, @Nullable String template) {

    /** Nothing. */
    public static final Content EMPTY = new Content(null, null);

    public Content {
      if (backup != null && template != null) {
        throw new InvalidParameter(
            "fromTemplate",
            "fromBackup is set, too, and a new database is either a copy or restored",
            "Drop fromTemplate or fromBackup.");
      }
    }
  }

  /** What a new database is made from that nobody said more about, as CREATE DATABASE does. */
  private static final String DEFAULT_TEMPLATE = "template1";

  /** The same for one that gets a dump's contents: there is nothing in it. */
  private static final String EMPTY_TEMPLATE = "template0";

  private final Console console;
  private final Journal journal;

  public RecreateDatabase(Console console, Journal journal) {
    this.console = console;
    this.journal = journal;
  }

  /** What came of it. */
  public Termination run(DropDatabase.Request request, Content content) {
    String template = content.template();
    if (template != null && template.equals(request.connection().database())) {
      throw new InvalidParameter(
          "fromTemplate",
          "database " + template + " would be a copy of itself",
          "Name another database to copy, or another one to recreate: -Dpgkill.database=...");
    }
    try (Admission admission =
        Admission.toDrop(
            outside(request.connection(), template),
            request.rails(),
            request.options().confirm(),
            console,
            journal)) {
      Optional<DatabaseInfo> database = admission.target(false);
      if (database.isPresent()) {
        return recreate(admission, database.get(), request, content);
      }
      if (request.options().failIfDatabaseMissing()) {
        throw Target.missing(
            admission.server(),
            request.connection().database(),
            "database",
            "-Dpgkill.failIfDatabaseMissing=false creates it.");
      }
      return create(admission, request, content);
    }
  }

  /** The same connection, never by way of the template: our own sessions would be in the way. */
  private static ConnectionSettings outside(
      ConnectionSettings settings, @Nullable String template) {
    List<String> others =
        settings.maintenanceDatabases().stream().filter(name -> !name.equals(template)).toList();
    if (others.isEmpty()) {
      throw new GuardRefusal(
          "database " + template + " cannot be copied from within",
          "Name another one to connect to: -Dpgkill.maintenanceDatabase=postgres");
    }
    return settings.withMaintenanceDatabases(others);
  }

  private TemplateCopy copy(Admission admission, String template, DropOptions options) {
    DatabaseInfo found =
        admission
            .server()
            .findDatabase(template)
            .orElseThrow(
                () ->
                    Target.missing(
                        admission.server(),
                        template,
                        "fromTemplate",
                        "It is the database to copy: nothing was touched."));
    return new TemplateCopy(admission, found, options, console, journal);
  }

  private Termination recreate(
      Admission admission, DatabaseInfo database, DropDatabase.Request request, Content content) {
    DropOptions options = request.options();
    DropPreflight preflight = new DropPreflight(admission.server(), database, true);
    NewDatabase<Recreation> fresh =
        new NewDatabase<>(
            admission,
            database,
            request,
            content.backup(),
            content.template() == null ? null : copy(admission, content.template(), options),
            template ->
                new Databases(admission.server())
                    .recreation(database, ThisBuild.identity(), template),
            console,
            journal);
    try (ClearedDatabase cleared =
        new ClearedDatabase(admission, database, options, preflight, console, journal)) {
      List<Phase<?>> phases = new ArrayList<>();
      phases.add(preflight);
      // at the swap: who bears witness to the closing, who holds a name, who watches the two; while
      // copying: the witness, who holds the template, who copies it
      phases.add(new EnoughSlots(admission, 3));
      phases.addAll(DatabaseBackup.first(request.backup(), admission, database, console, journal));
      phases.add(new Leftovers(admission, database, console));
      phases.add(fresh);
      phases.addAll(cleared.phases());
      phases.add(new Swap(fresh, cleared, database, options.timeout(), console, journal));
      phases.add(new DropReplaced(admission, fresh, cleared, options.timeout(), console, journal));
      Replay replay = cleared.replayed();
      if (replay != null) {
        phases.add(replay);
      }
      new Runner(options.dryRun(), lock(admission, database, options), console).run(phases);
    }
    return options.dryRun()
        ? rehearsed(
            "would recreate database "
                + database.name()
                + (content.template() == null ? "" : " as " + fresh.described()))
        : Termination.of(
            journal,
            Verdict.Status.SUCCESS,
            "database " + database.name() + " is recreated, " + fresh.described());
  }

  private Termination create(Admission admission, DropDatabase.Request request, Content content) {
    DropOptions options = request.options();
    String name = request.connection().database();
    String owner = admission.server().info().role();
    DatabaseInfo absent = Databases.absent(name);
    String template =
        content.template() != null
            ? content.template()
            : content.backup() == null ? DEFAULT_TEMPLATE : EMPTY_TEMPLATE;
    NewDatabase<Creation> fresh =
        new NewDatabase<>(
            admission,
            absent,
            request,
            content.backup(),
            copy(admission, template, options),
            source ->
                new Databases(admission.server())
                    .creation(
                        name,
                        owner,
                        ThisBuild.identity(),
                        Objects.requireNonNull(source, "always a copy")),
            console,
            journal);
    console.info(
        Wording.noDatabase(name, "recreate")
            + (options.dryRun() ? "; it would be created" : "; it is created"));
    if (request.backup() != null) {
      journal.note("there was no database " + name + ", and so nothing to back up");
    }
    List<Phase<?>> phases =
        new ArrayList<>(
            List.of(
                new EnoughSlots(admission, 3),
                new Leftovers(admission, absent, console),
                fresh,
                new NewName(admission.server(), fresh, options.timeout(), console, journal)));
    if (admission.severalNodes()) {
      phases.add(new Replay(admission.nodes(), absent, "the creation", options.timeout(), console));
    }
    new Runner(options.dryRun(), lock(admission, absent, options), console).run(phases);
    return options.dryRun()
        ? rehearsed(
            "would create database "
                + name
                + ", which is missing, owned by "
                + owner
                + ", "
                + fresh.described())
        : Termination.of(
            journal,
            Verdict.Status.SUCCESS,
            "database "
                + name
                + " was missing and is created, owned by "
                + owner
                + ", "
                + fresh.described());
  }

  private static BuildLock.Wanted lock(
      Admission admission, DatabaseInfo database, DropOptions options) {
    return BuildLockouts.lock(admission, database, options.timeout(), "timeout");
  }

  private Termination rehearsed(String what) {
    return Termination.of(
        journal, Verdict.Status.DRY_RUN, "dry run: " + what + "; nothing was changed");
  }
}
