package io.github.pgkill.maven.goal;

import io.github.pgkill.job.drop.DropDatabase;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import org.apache.maven.plugins.annotations.Mojo;

/**
 * Drops a database, whoever is connected: closes it to everybody, terminates its sessions until
 * none is left, drops it, and proves that it is gone. If anything fails before, the database is
 * opened again exactly as it was. Nothing but a backup brings a dropped database back. Never drops
 * a protected one, and never takes its target from the environment.
 *
 * @since 0.1.0
 */
@Mojo(name = "drop-database", requiresProject = false, threadSafe = true)
public final class DropDatabaseMojo extends AbstractDropMojo {

  @Override
  void run(ConnectionSettings settings, Console console, Journal journal) {
    undoAtEndOfBuild();
    Conclusion.of(
        new DropDatabase(console, journal)
            .run(new DropDatabase.Request(settings, rails(), options(), backup())),
        console,
        journal);
  }
}
