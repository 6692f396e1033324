package io.github.pgkill.maven;

import io.github.pgkill.model.ConnectionSettings;
import io.github.pgkill.model.InvalidParameter;
import io.github.pgkill.report.Console;
import io.github.pgkill.report.Journal;
import java.util.Map;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;

/**
 * Gives the build a database to itself: checks that it is the right one, terminates the selected
 * sessions until none is left and none comes back, and proves it. Bind it, or type it, before
 * <code>flyway:clean</code>, <code>liquibase:dropAll</code> or whatever else somebody's forgotten
 * session would hang.
 *
 * @since 0.1.0
 */
@Mojo(
    name = "terminate",
    defaultPhase = LifecyclePhase.PRE_INTEGRATION_TEST,
    requiresProject = false,
    threadSafe = true)
public final class TerminateMojo extends AbstractTerminationMojo {

  /** How the database is closed to new connections meanwhile. */
  private enum CloseWith {
    AUTO,
    NONE,
    REVOKE,
    CONNECTION_LIMIT,
    ALLOW_CONNECTIONS
  }

  /**
   * How the database is closed to new connections meanwhile. This version leaves it open, which
   * <code>auto</code> and <code>none</code> allow: it terminates again whoever comes back, until
   * none came back for <code>quietPeriod</code>. <code>revoke</code>, <code>connection-limit</code>
   * and <code>allow-connections</code> are refused until a later version has them.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.closeWith", defaultValue = "auto")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String closeWith;

  @Override
  void describe(Map<String, Object> request) {
    super.describe(request);
    put(request, "closeWith", closeWith);
  }

  @Override
  void run(ConnectionSettings settings, Console console, Journal journal) {
    CloseWith choice = Choice.of(CloseWith.class, "closeWith", closeWith);
    if (choice != CloseWith.AUTO && choice != CloseWith.NONE) {
      throw new InvalidParameter(
          "closeWith",
          "this version cannot close a database yet, so '" + closeWith + "' is refused",
          "Write auto or none: clients that come back are terminated again.");
    }
    super.run(settings, console, journal);
  }
}
