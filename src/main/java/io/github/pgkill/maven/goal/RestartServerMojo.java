package io.github.pgkill.maven.goal;

import io.github.pgkill.job.restart.RestartOptions;
import io.github.pgkill.job.restart.RestartServer;
import io.github.pgkill.maven.parameter.Choice;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.host.RestartWith;
import io.github.pgkill.model.host.ShutdownMode;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.io.File;
import java.util.List;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * Restarts the server with what owns it on this machine, and proves that it did: that it is the
 * same server, up since a later time, and accepts connections. A restart ends everybody's sessions;
 * those that the filters do not select are named, and ended only with {@code affectOtherSessions}.
 *
 * @since 0.1.0
 */
@Mojo(
    name = "restart-server",
    defaultPhase = LifecyclePhase.PRE_INTEGRATION_TEST,
    requiresProject = false,
    threadSafe = true)
public final class RestartServerMojo extends AbstractSelectionMojo {

  /**
   * What restarts the server: {@code systemctl} (the user's own units, too), {@code service},
   * {@code brew}, {@code pg_ctlcluster}, {@code pg_ctl}, {@code docker} (or podman), {@code
   * patroni} for the REST that {@code patroni} names, {@code command} for {@code restartCommand}.
   * {@code auto} takes Patroni where {@code patroni} is given, else what owns the running server,
   * and refuses when it cannot tell. A server of Patroni is restarted by {@code patroni} or {@code
   * command} only, one of Pacemaker, repmgr, Stolon or CloudNativePG by {@code command} only.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.restartWith", defaultValue = "auto")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String restartWith;

  /**
   * The systemd unit, service, Homebrew formula, Debian cluster ({@code 15/main}) or container to
   * restart. Default: {@code postgresql} for systemctl, service and brew; the cluster that has the
   * server's data for pg_ctlcluster; none for docker, which needs it.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.serviceName")
  private @Nullable String serviceName;

  /**
   * A program of your own and its arguments, one element each, for {@code restartWith=command}. No
   * shell reads it. Keep secrets out of it: arguments are shown to everybody on the machine, and in
   * the report.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.restartCommand")
  private @Nullable List<String> restartCommand;

  /**
   * Run the command with {@code sudo -n}, which fails where it would ask for a password. With
   * pg_ctl it becomes the owner of the data directory, not root.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.sudo", defaultValue = "false")
  private boolean sudo;

  /**
   * How the server goes down, for pg_ctl and pg_ctlcluster: {@code fast} ends all sessions, {@code
   * smart} waits until they have left, {@code immediate} breaks off as a crash does and empties
   * unlogged tables. What else restarts servers has its own way; with Patroni it is {@code fast}.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.shutdownMode", defaultValue = "fast")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String shutdownMode;

  /**
   * How long the server may take to accept connections again. When the build is interrupted
   * meanwhile, its end waits as long, a minute at most, for the restart to be finished.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.readyTimeout", defaultValue = "60s")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String readyTimeout;

  /**
   * Where the server's data is, when the server hides that from this role; otherwise it must agree
   * with what the server says.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.dataDirectory")
  private @Nullable String dataDirectory;

  /**
   * Consent to end sessions that the filters do not select, in this database or others, and backups
   * that are running.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.affectOtherSessions", defaultValue = "false")
  private boolean affectOtherSessions;

  /**
   * If the restart would end more sessions than this, touch nothing and fail. Default: no limit on
   * this machine, 100 elsewhere.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.maxSessions")
  private @Nullable String maxSessions;

  /**
   * Back the database up first, as goal {@code backup} does, before anybody is touched. If that
   * fails, so does this goal, and nothing else is done.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.backup", defaultValue = "false")
  private boolean backup;

  /**
   * Where dumps are kept, each with a manifest: open to their owner only, and ignored by git.
   * Default: {@code .pgkill/backups} of the directory that Maven was started in, which no {@code
   * clean} deletes.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.backupDirectory")
  private @Nullable File backupDirectory;

  /**
   * The {@code pg_dump} to use, a path or a name; it must not be older than the server. The {@code
   * pg_restore} beside it is used, too. Default: {@code pg_dump} on the path.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.pgDump")
  private @Nullable String pgDump;

  @Override
  void run(ConnectionSettings settings, Console console, Journal journal) {
    Conclusion.of(
        new RestartServer(console, journal)
            .run(
                new RestartServer.Request(
                    settings,
                    rails(maxSessions == null ? null : wholeNumber("maxSessions", maxSessions, 0)),
                    filter(),
                    options(),
                    backup ? backupOptions(backupDirectory, pgDump) : null,
                    failIfDatabaseMissing(),
                    patroni())),
        console,
        journal);
  }

  private RestartOptions options() {
    RestartWith with = RestartWith.parse("restartWith", restartWith);
    return new RestartOptions(
        with,
        serviceName,
        command(with),
        sudo,
        Choice.of(ShutdownMode.class, "shutdownMode", shutdownMode),
        Durations.parse("readyTimeout", readyTimeout),
        dataDirectory,
        affectOtherSessions,
        dryRun());
  }

  /** Its elements as they are: an argument may begin or end with a space. */
  private List<String> command(RestartWith with) {
    boolean given = restartCommand != null && !restartCommand.isEmpty();
    if (given != (with == RestartWith.COMMAND)) {
      throw new InvalidParameter(
          "restartCommand",
          given
              ? "restartWith=" + with.word() + " does not run it"
              : "restartWith=command needs a program to run",
          given
              ? "Say -Dpgkill.restartWith=command, or leave it out."
              : "Name it and its arguments: -Dpgkill.restartCommand=kubectl,rollout,restart,...");
    }
    return restartCommand == null ? List.of() : restartCommand;
  }
}
