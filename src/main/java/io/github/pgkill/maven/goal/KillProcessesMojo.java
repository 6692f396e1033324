package io.github.pgkill.maven.goal;

import io.github.pgkill.job.kill.KillProcesses;
import io.github.pgkill.job.processes.KillOptions;
import io.github.pgkill.maven.parameter.Choice;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.sessions.ProcessSignal;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * Signals the operating-system processes behind the selected sessions, for backends that do not
 * answer the server any more: TERM, and KILL as the last resort. The server must be one of this
 * machine, and every process is proven to be a backend of it before it is signalled. Where no
 * connection can be had, {@code dataDirectory} names the server, and processes are chosen by their
 * titles. Not for sessions that the server can end: {@code terminate-sessions} does that without
 * touching the host.
 *
 * @since 0.1.0
 */
@Mojo(name = "kill-processes", requiresProject = false, threadSafe = true)
public final class KillProcessesMojo extends AbstractSelectionMojo {

  /**
   * How long all selected sessions may take to be gone.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.timeout", defaultValue = "30s")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String timeout;

  /**
   * If the first selection has more sessions than this, touch nothing and fail. Default: no limit
   * on this machine.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.maxSessions")
  private @Nullable String maxSessions;

  /**
   * The hardest signal to send: {@code TERM}, or {@code KILL} for those that do not obey TERM
   * within 2 seconds. KILL makes the server end every session of every database and recover, and
   * needs {@code affectOtherSessions} where that hits anybody else.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.signal", defaultValue = "TERM")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String signal;

  /**
   * The server's data directory on this machine; it must be set where the server lets nobody in.
   * Default: the server is asked, which needs a superuser or a member of {@code
   * pg_read_all_settings}.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.dataDirectory")
  private @Nullable String dataDirectory;

  /**
   * Consent to end sessions that were not selected, in this database or others, and to empty
   * unlogged tables, which is what a KILL does besides.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.affectOtherSessions", defaultValue = "false")
  private boolean affectOtherSessions;

  /**
   * How long the server may take to accept connections again after a KILL.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.readyTimeout", defaultValue = "60s")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String readyTimeout;

  @Override
  void run(ConnectionSettings settings, Console console, Journal journal) {
    KillProcesses.Request request =
        new KillProcesses.Request(
            settings,
            rails(maxSessions == null ? null : wholeNumber("maxSessions", maxSessions, 0)),
            filter(),
            options(),
            dryRun(),
            failIfDatabaseMissing());
    Conclusion.of(new KillProcesses(console, journal).run(request), console, journal);
  }

  private KillOptions options() {
    return new KillOptions(
        Choice.of(ProcessSignal.class, "signal", signal),
        timeout(),
        Durations.parse("readyTimeout", readyTimeout),
        dataDirectory,
        affectOtherSessions);
  }

  @Override
  Duration timeout() {
    return Durations.parse("timeout", timeout);
  }
}
