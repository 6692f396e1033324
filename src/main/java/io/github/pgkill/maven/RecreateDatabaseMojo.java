package io.github.pgkill.maven;

import io.github.pgkill.job.DropDatabase;
import io.github.pgkill.job.RecreateDatabase;
import io.github.pgkill.model.ConnectionSettings;
import io.github.pgkill.report.Console;
import io.github.pgkill.report.Journal;
import org.apache.maven.plugins.annotations.Mojo;

/**
 * Replaces a database by an empty one with the same owner, encoding, locale, tablespace, limit,
 * privileges, settings and comment. The new one is built whole before anybody is touched; then the
 * sessions of the old one are ended, both change places in one transaction, and the old one is
 * dropped last, so that no failure leaves you without a database. Nothing but a backup brings the
 * contents back. Never touches a protected database, and never takes its target from the
 * environment. The role needs CREATEDB beside what <code>drop-database</code> needs.
 *
 * @since 0.1.0
 */
@Mojo(name = "recreate-database", requiresProject = false, threadSafe = true)
public final class RecreateDatabaseMojo extends AbstractDropMojo {

  @Override
  void run(ConnectionSettings settings, Console console, Journal journal) {
    undoAtEndOfBuild();
    Conclusion.of(
        new RecreateDatabase(console, journal)
            .run(new DropDatabase.Request(settings, rails(), options())),
        console,
        journal);
  }
}
