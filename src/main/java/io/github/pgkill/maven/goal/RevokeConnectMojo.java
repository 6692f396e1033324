package io.github.pgkill.maven.goal;

import io.github.pgkill.job.connect.RevokeConnect;
import io.github.pgkill.job.lockout.Closing;
import io.github.pgkill.maven.parameter.Choice;
import io.github.pgkill.maven.parameter.CloseWithChoice;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import java.util.List;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * Closes a database to new connections, and keeps it closed until {@code restore-connect} or the
 * end of the build, however it ends. Sessions that are there already stay. What is needed to open
 * it exactly as it was is kept in the server, so that even after a crash nothing is lost.
 *
 * @since 0.1.0
 */
@Mojo(
    name = "revoke-connect",
    defaultPhase = LifecyclePhase.PRE_INTEGRATION_TEST,
    requiresProject = false,
    threadSafe = true)
public final class RevokeConnectMojo extends AbstractPgkillMojo {

  /**
   * How the database is closed: {@code revoke} takes CONNECT away (superusers and admitted roles
   * still get in), {@code connection-limit} sets the limit to 0 (superusers still get in), {@code
   * allow-connections} keeps everybody out. {@code auto} takes the weakest way that stops every
   * role seen, and never one that shuts out what must get in.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.closeWith", defaultValue = "auto")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String closeWith;

  /**
   * The grantees that lose CONNECT under {@code revoke}, {@code PUBLIC} among them. Default: PUBLIC
   * and every grantee that is not admitted, the owner included.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.revokeFrom")
  private @Nullable List<String> revokeFrom;

  /**
   * Roles that keep or get CONNECT while the database is closed, beside the connecting one and
   * pg_monitor: for example the role that Flyway logs in with.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.admitRoles")
  private @Nullable List<String> admitRoles;

  /**
   * When the database is opened again: {@code build-end} at the end of the build however it ends,
   * {@code never} only by {@code restore-connect}, {@code immediately} at the end of the goal,
   * which closes nothing worth mentioning.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.reopen", defaultValue = "build-end")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String reopen;

  /**
   * How long to wait for another build's lockout of the same database.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.timeout", defaultValue = "30s")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String timeout;

  /**
   * Consent to close a database that has logical replication slots or subscriptions: while it is
   * closed, they stand still and WAL piles up.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.affectReplication", defaultValue = "false")
  private boolean affectReplication;

  @Override
  void run(ConnectionSettings settings, Console console, Journal journal) {
    CloseWithChoice choice = Choice.of(CloseWithChoice.class, "closeWith", closeWith);
    if (choice == CloseWithChoice.NONE) {
      throw new InvalidParameter(
          "closeWith", "'none' closes nothing", "Write auto, or leave this goal out.");
    }
    Reopen when = Choice.of(Reopen.class, "reopen", reopen);
    if (when == Reopen.IMMEDIATELY) {
      throw new InvalidParameter(
          "reopen",
          "'immediately' would open the database at the end of this very goal",
          "Write build-end or never; the goal terminate closes for its own duration.");
    }
    undoAtEndOfBuild();
    if (when == Reopen.BUILD_END && onlyGoal()) {
      console.warn(
          "revoke-connect is the only goal of this build, so the database opens again at once;"
              + " -Dpgkill.reopen=never keeps it closed until restore-connect");
    }
    new RevokeConnect(console, journal)
        .run(
            new RevokeConnect.Request(
                settings,
                rails(null),
                new Closing(
                    choice.closeWith(),
                    revokeFrom == null || revokeFrom.isEmpty() ? null : list(revokeFrom),
                    list(admitRoles),
                    when,
                    timeout(),
                    affectReplication),
                failIfDatabaseMissing(),
                dryRun()));
  }

  @Override
  Duration timeout() {
    return Durations.parse("timeout", timeout);
  }
}
