package io.github.pgkill.job.backup;

import io.github.pgkill.host.command.CommandRunner;
import io.github.pgkill.host.dump.DumpFile;
import io.github.pgkill.host.dump.DumpList;
import io.github.pgkill.host.dump.DumpTools;
import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.admission.Dialled;
import io.github.pgkill.model.connection.DialledServer;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.host.CommandResult;
import io.github.pgkill.model.host.HostCommand;
import io.github.pgkill.model.host.StepResult;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A dump that fills the database which is about to take another one's place. It is checked before
 * anything is made, and restored before anybody is touched, so that a dump that is no good costs
 * nothing.
 */
public final class Restoration {

  /** Whoever owns the database, from PostgreSQL 14 on. */
  private static final String DATABASE_OWNER = "pg_database_owner";

  private final Server server;
  private final DialledServer dialled;
  private final Console console;
  private final Journal journal;
  private final CommandRunner runner = new CommandRunner();
  private final DumpTools tools;
  private final Path dump;

  /** Nobody's functions are to run as a superuser unless the user asks for that role. */
  private final String role;

  private final String owner;

  private Restoration(
      RestoreOptions options, String owner, Admission admission, Console console, Journal journal) {
    String wanted = admission.settings().role();
    this.role = wanted == null ? owner : wanted;
    this.owner = owner;
    this.server = admission.server();
    this.dialled = Dialled.of(admission.server(), admission.settings(), admission.plan());
    this.console = console;
    this.journal = journal;
    this.dump = DumpFile.require(options.dump());
    this.tools = DumpTools.locate(options.pgDump());
  }

  /**
   * Checks the dump: that it is there, is the one that was made, can be read by the pg_restore at
   * hand, that the roles that own what is in it exist, and that they can be given what is theirs.
   *
   * @param owner whose the database is to be; it is restored as that role unless the connection has
   *     one of its own
   * @throws PgkillFailure when it could not be restored
   */
  public static Restoration checked(
      RestoreOptions options, String owner, Admission admission, Console console, Journal journal) {
    Restoration restoration = new Restoration(options, owner, admission, console, journal);
    restoration.check();
    return restoration;
  }

  /** The dump. */
  public Path dump() {
    return dump;
  }

  /** Says what would be run. */
  public void rehearse(String newName) {
    String command = tools.restore(dialled, newName, dump, role, forgiving()).described();
    journal.step(StepResult.planned("restore", StepResult.Kind.COMMAND, command));
    console.info("would restore first: " + command);
  }

  /**
   * Restores it into a database that has nothing in it.
   *
   * @throws PgkillError when it fails half-way
   */
  public void into(DatabaseInfo fresh) {
    boolean forgiving = forgiving();
    HostCommand command = tools.restore(dialled, fresh.name(), dump, role, forgiving);
    console.info("restoring " + dump);
    // pg_restore dials by itself, into a database that no other server has
    server.requireStill();
    CommandResult result = runner.run(command, new RestoreWatch(server, fresh, console));
    journal.step(result.step("restore"));
    boolean restored = result.succeeded() || (forgiving && DumpTools.onlyUnknownTimeout(result));
    if (!restored) {
      throw new PgkillError(
          "the dump could not be restored into the new database, so that the old one is as it was"
              + " and nobody was touched: "
              + (result.timedOut()
                  ? "pg_restore stood still for " + Durations.format(BackupOptions.STALL)
                  : result.failure()),
          "Mend that and run the goal again, with -Dpgkill.fromBackup=" + dump,
          null);
    }
  }

  private boolean forgiving() {
    return DumpTools.setsUnknownTimeout(
        tools.restoreVersion(runner, dialled), server.info().major());
  }

  private void check() {
    DumpList list = list();
    requireRoles(list);
    requireOwners(list);
    String dumped = list.serverVersion();
    String major = dumped.replaceFirst("\\D.*", "");
    if (!major.isEmpty() && Integer.parseInt(major) > server.info().major()) {
      console.warn(
          dump + " was dumped from PostgreSQL " + dumped + ", which is newer than this server");
    }
  }

  private DumpList list() {
    try {
      Path file = Files.createTempFile("pgkill-", ".list");
      try {
        CommandResult result = runner.run(tools.list(dialled, dump, file));
        journal.step(result.step("check the dump's list"));
        if (!result.succeeded()) {
          throw new PgkillFailure(
              "pg_restore "
                  + tools.restoreVersion(runner, dialled).text()
                  + " cannot read the dump: "
                  + result.failure(),
              "Name a dump in pg_dump's custom format, and the pg_dump that made it or a later"
                  + " one: -Dpgkill.pgDump=/path/to/pg_dump");
        }
        return DumpList.read(file);
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new PgkillError("cannot write the list of what is in the dump (" + e + ")", null, e);
    }
  }

  private void requireRoles(DumpList list) {
    Set<String> there =
        server.existingRoles(list.owners().stream().flatMap(List::stream).distinct().toList());
    Set<String> missing = new TreeSet<>();
    list.owners().stream()
        .filter(names -> names.stream().noneMatch(there::contains))
        .forEach(names -> missing.add(names.get(0)));
    if (!missing.isEmpty()) {
      throw new PgkillFailure(
          "the dump has objects of roles that this server does not have ("
              + String.join(", ", missing)
              + "), and no dump holds roles",
          "CREATE ROLE each of them first, with what they are granted.");
    }
  }

  /**
   * A superuser could restore everything as itself, the functions that the dump defines included; a
   * CHECK is enough to run one. As the database's owner it can be done where all is the owner's.
   */
  private void requireOwners(DumpList list) {
    String us = server.info().role();
    if (!role.equals(owner) || owner.equals(us) || server.isSuperuser(owner)) {
      return;
    }
    Set<String> others = new TreeSet<>();
    list.owners().stream()
        .filter(names -> !names.contains(owner) && !names.contains(DATABASE_OWNER))
        .forEach(names -> others.add(names.get(0)));
    if (!others.isEmpty()) {
      throw new PgkillFailure(
          "the dump has objects of other roles ("
              + String.join(", ", others)
              + ") than the database's owner "
              + owner
              + ", as whom it would be restored, and that role cannot give them away",
          "If the dump may be trusted: -Dpgkill.role="
              + us
              + " restores it as that role, and what it defines runs as that role.");
    }
  }
}
