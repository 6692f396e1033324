package io.github.pgkill.job.backup;

import io.github.pgkill.job.admission.Dialled;
import io.github.pgkill.job.admission.Target;
import io.github.pgkill.job.phases.Runner;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerConnector;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.Wording;
import java.util.List;

/** The goal that dumps a database and proves that the dump can be read. Touches nobody. */
public final class Backup {

  /**
   * What is asked for.
   *
   * @param connection where and as whom
   * @param options how
   * @param failIfDatabaseMissing whether a missing database is a failure
   * @param dryRun only say what would be run
   */
  public record Request(
      ConnectionSettings connection,
      BackupOptions options,
      boolean failIfDatabaseMissing,
      boolean dryRun) {}

  private final Console console;
  private final Journal journal;

  public Backup(Console console, Journal journal) {
    this.console = console;
    this.journal = journal;
  }

  public void run(Request request) {
    try (Server server =
        ServerConnector.toLook(request.connection()).telling(console::info).connect()) {
      journal.server(server.info());
      console.info(Wording.connected(request.connection(), server.info()));
      String name = request.connection().database();
      if (!request.failIfDatabaseMissing() && server.findDatabase(name).isEmpty()) {
        conclude(Verdict.Status.SUCCESS, Wording.noDatabase(name, "back up"));
        return;
      }
      DatabaseInfo database = Target.require(server, name);
      journal.database(database);
      backUp(server, database, request);
    }
  }

  private void backUp(Server server, DatabaseInfo database, Request request) {
    new Runner(request.dryRun(), console)
        .run(
            List.of(
                new DatabaseBackup(
                    server,
                    Dialled.of(server, request.connection()),
                    database,
                    request.options(),
                    console,
                    journal)));
    if (request.dryRun()) {
      conclude(
          Verdict.Status.DRY_RUN,
          "dry run: would back up database " + database.name() + "; nothing was written");
    } else {
      conclude(Verdict.Status.SUCCESS, "database " + database.name() + " is backed up");
    }
  }

  private void conclude(Verdict.Status status, String summary) {
    journal.verdict(new Verdict(status, summary, journal.remarks()));
    console.info(summary);
  }
}
