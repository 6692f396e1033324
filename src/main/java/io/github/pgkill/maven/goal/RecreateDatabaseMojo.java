package io.github.pgkill.maven.goal;

import io.github.pgkill.job.backup.RestoreOptions;
import io.github.pgkill.job.drop.DropDatabase;
import io.github.pgkill.job.drop.RecreateDatabase;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.io.File;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * Replaces a database by an empty one, one restored from a dump, or the copy of another one, with
 * the same owner, encoding, locale, tablespace, limit, privileges, settings and comment. The new
 * one is built whole before anybody is touched; then the sessions of the old one are ended, both
 * change places in one transaction, and the old one is dropped last, so that no failure leaves you
 * without a database. Nothing but a backup brings the contents back. Never touches a protected
 * database, and never takes its target from the environment. The role needs CREATEDB beside what
 * {@code drop-database} needs. With {@code failIfDatabaseMissing=false} a database that is missing
 * is created, owned by {@code role} or else by the role that logs in: from {@code template1},
 * {@code fromTemplate} or {@code fromBackup}.
 *
 * @since 0.1.0
 */
@Mojo(name = "recreate-database", requiresProject = false, threadSafe = true)
public final class RecreateDatabaseMojo extends AbstractDropMojo {

  /**
   * A dump in {@code pg_dump}'s custom format, such as goal {@code backup} writes, or its manifest.
   * It is checked first and restored into the new database before anybody is touched; when that
   * fails, the old database is as it was. A dump holds no roles: those that own what is in it must
   * be there. Default: the new database is empty.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.fromBackup")
  private @Nullable File fromBackup;

  /**
   * A database to copy ({@code CREATE DATABASE} with {@code TEMPLATE}): the new one has its
   * contents, encoding and locale, and the old one's owner, privileges, settings, limit and
   * comment. It is closed to new connections and all its clients' sessions are ended while it is
   * copied, and only then: it is given back exactly, whatever happens. {@code maxSessions} and
   * {@code timeout} count for it as well. A protected one, or one of another owner, is left as it
   * is and copied only while nobody is connected to it. Not with {@code fromBackup}. Default: none,
   * the new database is empty.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.fromTemplate")
  private @Nullable String fromTemplate;

  @Override
  void run(ConnectionSettings settings, Console console, Journal journal) {
    undoAtEndOfBuild();
    RestoreOptions dump =
        fromBackup == null ? null : new RestoreOptions(fromBackup.toPath(), pgDump());
    Conclusion.of(
        new RecreateDatabase(console, journal)
            .run(
                new DropDatabase.Request(settings, rails(), options(), backup()),
                new RecreateDatabase.Content(dump, fromTemplate)),
        console,
        journal);
  }
}
