package io.github.pgkill.maven.goal;

import io.github.pgkill.job.diagnose.Diagnose;
import io.github.pgkill.maven.parameter.Choice;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;

/**
 * Says what is in the way of dropping, cleaning, altering or copying a database or of restarting
 * its server: sessions and their locks, prepared transactions, replication, backups, migrations'
 * locks, stuck logins, missing privileges. Says as well whether this role could clear it, with the
 * grant that is missing, and the statements that would. Changes nothing, and works with every
 * server that lets it in.
 *
 * @since 0.1.0
 */
@Mojo(
    name = "diagnose",
    defaultPhase = LifecyclePhase.VALIDATE,
    requiresProject = false,
    threadSafe = true)
public final class DiagnoseMojo extends AbstractSelectionMojo {

  /**
   * What the database is wanted for: {@code drop} it, {@code clean} it (drop what is in it, as
   * flyway:clean and liquibase:dropAll do), {@code alter} its tables, {@code template} (copy it
   * with CREATE DATABASE and TEMPLATE), or {@code restart} its server.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.intent", defaultValue = "clean")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String intent;

  /**
   * Whether the build fails when something is in the way. By default the goal only tells.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.failOnBlockers", defaultValue = "false")
  private boolean failOnBlockers;

  @Override
  void run(ConnectionSettings settings, Console console, Journal journal) {
    new Diagnose(console, journal)
        .run(
            new Diagnose.Request(
                settings,
                rails(null),
                filter(),
                Choice.of(Intent.class, "intent", intent),
                failOnBlockers,
                failIfDatabaseMissing(),
                patroni()));
  }
}
