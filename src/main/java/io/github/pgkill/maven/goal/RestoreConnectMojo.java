package io.github.pgkill.maven.goal;

import io.github.pgkill.job.connect.RestoreConnect;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;

/**
 * Opens what {@code revoke-connect} or {@code terminate} of this or of an earlier, broken build
 * closed, exactly as it was. With {@code -Dpgkill.database=*} it does so for every database of the
 * server that bears the record of a lockout. Does nothing where nothing is closed.
 *
 * @since 0.1.0
 */
@Mojo(
    name = "restore-connect",
    defaultPhase = LifecyclePhase.POST_INTEGRATION_TEST,
    requiresProject = false,
    threadSafe = true)
public final class RestoreConnectMojo extends AbstractPgkillMojo {

  /**
   * Break a lockout whose build still lives. That build is not told.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.force", defaultValue = "false")
  private boolean force;

  @Override
  void run(ConnectionSettings settings, Console console, Journal journal) {
    new RestoreConnect(console, journal)
        .run(
            new RestoreConnect.Request(
                settings, rails(null), force, failIfDatabaseMissing(), dryRun()));
  }
}
