package io.github.pgkill.job.backup;

import io.github.pgkill.host.command.CommandRunner;
import io.github.pgkill.host.dump.BackupDirectory;
import io.github.pgkill.host.dump.DumpList;
import io.github.pgkill.host.dump.DumpTools;
import io.github.pgkill.host.dump.PartialDump;
import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.admission.Dialled;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.model.connection.DialledServer;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.host.BackupManifest;
import io.github.pgkill.model.host.CommandResult;
import io.github.pgkill.model.host.HostCommand;
import io.github.pgkill.model.host.StepResult;
import io.github.pgkill.model.server.DatabaseExtent;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.server.DatabaseMoved;
import io.github.pgkill.model.server.ServerInfo;
import io.github.pgkill.model.value.ByteCount;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.database.Databases;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One dump of a database: room, version, dump, check, keep. It is under its own name only when
 * pg_restore has read it from its list to its last byte.
 */
public final class DatabaseBackup implements Phase<DatabaseBackup.Ready> {

  /** Reading takes less time than writing; this is what a busy machine may make of it. */
  private static final int READING = 4;

  private final Server server;
  private final DialledServer dialled;
  private final DatabaseInfo database;
  private final BackupOptions options;
  private final Console console;
  private final Journal journal;
  private final CommandRunner runner = new CommandRunner();
  private final BackupDirectory directory;
  private final DumpTools tools;

  DatabaseBackup(
      Server server,
      DialledServer dialled,
      DatabaseInfo database,
      BackupOptions options,
      Console console,
      Journal journal) {
    this.server = server;
    this.dialled = dialled;
    this.database = database;
    this.options = options;
    this.console = console;
    this.journal = journal;
    this.directory = new BackupDirectory(options.directory());
    this.tools = DumpTools.locate(options.pgDump());
  }

  /**
   * Before anybody is touched, where that was asked for.
   *
   * @param options how; null for not at all
   */
  public static List<Phase<?>> first(
      @Nullable BackupOptions options,
      Admission admission,
      DatabaseInfo database,
      Console console,
      Journal journal) {
    return options == null
        ? List.of()
        : List.of(
            new DatabaseBackup(
                admission.server(),
                Dialled.of(admission.server(), admission.settings(), admission.plan()),
                database,
                options,
                console,
                journal));
  }

  /**
   * What a dump can begin with.
   *
   * @param version of the tools
   * @param extent of the database
   */
  record Ready(DumpTools.Version version, DatabaseExtent extent) {}

  @Override
  public Ready check() {
    return new Ready(version(), extent());
  }

  @Override
  public void say(Ready ready) {
    Path file = directory.fileFor(database.name(), Instant.now());
    HostCommand command = tools.dump(dialled, database.name(), file, options.lockWait());
    journal.step(StepResult.planned("backup", StepResult.Kind.COMMAND, command.described()));
    console.info("would back up first: " + command.described());
  }

  /**
   * Takes it.
   *
   * @throws PgkillFailure when there is no room, or somebody holds a lock
   * @throws PgkillError when the dump fails; nothing of it is left
   */
  @Override
  public void run(Ready ready) {
    Stopwatch watch = new Stopwatch();
    directory.make();
    Instant now = Instant.now();
    Long size = ready.extent().size();
    console.info(
        "backing up database "
            + database.name()
            + (size == null ? "" : " (" + ByteCount.format(size) + ")")
            + " with pg_dump "
            + ready.version().text());
    try (PartialDump partial = directory.begin(database.name(), now)) {
      Duration took = dump(partial);
      DumpList list = check(partial, took);
      BackupManifest manifest = manifest(partial, list, ready, now);
      partial.complete(manifest);
      String kept =
          "backup: "
              + partial.file()
              + " ("
              + ByteCount.format(manifest.size())
              + ", sha256 "
              + manifest.sha256()
              + ")";
      console.info(kept + " in " + Durations.format(watch.elapsed()));
      journal.note(kept);
    }
  }

  /** Whoever was there before it may be gone, and others may have come. */
  @Override
  public boolean takesLong() {
    return true;
  }

  private DumpTools.Version version() {
    DumpTools.Version version = tools.dumpVersion(runner, dialled);
    ServerInfo info = server.info();
    tools.requireNotOlder(version, info.version(), info.major());
    return version;
  }

  private DatabaseExtent extent() {
    DatabaseExtent extent =
        new Databases(server).extent(database).orElseThrow(() -> new DatabaseMoved(database, null));
    if (extent.size() != null) {
      directory.requireRoom(extent.size());
    }
    return extent;
  }

  private Duration dump(PartialDump partial) {
    DumpWatch watch = new DumpWatch(server, database, partial::size, options.stall(), console);
    HostCommand command = tools.dump(dialled, database.name(), partial.part(), options.lockWait());
    // pg_dump dials by itself: its address has to lead to this server before and after
    server.requireStill();
    CommandResult result = runner.run(command, watch);
    journal.step(result.step("backup"));
    watch.awaitItsSessionGone();
    if (!result.succeeded()) {
      throw failure(result, watch);
    }
    server.requireStill();
    return result.duration();
  }

  private RuntimeException failure(CommandResult result, DumpWatch watch) {
    String what = "database " + database.name() + " could not be backed up: ";
    if (!watch.blockers().isEmpty()) {
      return new PgkillFailure(
          what + "the dump has to wait for a lock that is held by " + watch.blockers(),
          remedy(watch));
    }
    if (result.timedOut()) {
      return new PgkillError(
          what + "pg_dump stood still for " + Durations.format(options.stall()) + " and was ended",
          "Is the server overloaded, or the disk?",
          null);
    }
    return new PgkillError(
        what + result.failure(),
        result.tail().contains("permission denied")
            ? "Connect as the owner, or GRANT pg_read_all_data (PostgreSQL 14 and later) TO the"
                + " role."
            : null,
        null);
  }

  private static String remedy(DumpWatch watch) {
    return watch.pids().isEmpty()
        ? "Commit it or roll it back first."
        : "Wait until that is done, or end it first: mvn pgkill:terminate-sessions -Dpgkill.pids="
            + watch.pids();
  }

  private DumpList check(PartialDump partial, Duration took) {
    run("check the backup's list", tools.list(dialled, partial.part(), partial.list()));
    DumpList list = DumpList.read(partial.list());
    Duration timeout = options.stall().plus(took.multipliedBy(READING));
    run("read the backup", tools.readThrough(dialled, partial.part(), timeout));
    return list;
  }

  private void run(String name, HostCommand command) {
    CommandResult result = runner.run(command);
    journal.step(result.step(name));
    if (!result.succeeded()) {
      throw new PgkillError(
          "database "
              + database.name()
              + " could not be backed up: pg_restore cannot read what pg_dump wrote: "
              + result.failure(),
          "Name another pg_dump, with its pg_restore beside it: -Dpgkill.pgDump=/path/to/pg_dump",
          null);
    }
  }

  private BackupManifest manifest(PartialDump partial, DumpList list, Ready ready, Instant began) {
    DatabaseExtent extent = ready.extent();
    ServerInfo info = server.info();
    return new BackupManifest(
        String.valueOf(partial.file().getFileName()),
        partial.size(),
        partial.sha256(),
        began.truncatedTo(ChronoUnit.SECONDS).toString(),
        dialled.host().toString(),
        info.systemIdentifier(),
        info.version(),
        database.name(),
        database.oid(),
        extent.encoding(),
        extent.size(),
        ready.version().text(),
        list.entries());
  }
}
