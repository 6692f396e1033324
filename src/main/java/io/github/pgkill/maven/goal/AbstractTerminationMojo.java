package io.github.pgkill.maven.goal;

import io.github.pgkill.job.backup.BackupOptions;
import io.github.pgkill.job.lockout.Closing;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.job.outcome.TerminationOptions.Newcomers;
import io.github.pgkill.job.outcome.TerminationOptions.WhenRefused;
import io.github.pgkill.job.processes.KillOptions;
import io.github.pgkill.job.terminate.TerminateSessions;
import io.github.pgkill.job.terminate.TerminationExtras;
import io.github.pgkill.job.watch.KeepClear;
import io.github.pgkill.maven.parameter.Choice;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.host.BuildSteps;
import io.github.pgkill.model.sessions.ProcessSignal;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import java.util.List;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/** The goals that terminate sessions: how, and what they may touch. */
abstract class AbstractTerminationMojo extends AbstractSelectionMojo {

  /**
   * How long all selected sessions may take to be gone.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.timeout", defaultValue = "30s")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String timeout;

  /**
   * None may come back for so long before the goal succeeds, clients that are logging in included.
   * When nobody was there to begin with, nobody can come back and nothing is waited for. Default:
   * {@code 200ms} while the database is closed, {@code 1s} while it is open.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.quietPeriod")
  private @Nullable String quietPeriod;

  /**
   * Give the selected sessions so long to end by themselves first.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.drain", defaultValue = "0s")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String drain;

  /**
   * Cancel running queries before their sessions are terminated, and give them a moment (2 seconds
   * at most) to end in good order.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.cancelFirst", defaultValue = "false")
  private boolean cancelFirst;

  /**
   * If the first selection has more sessions than this, touch nothing and fail. Default: no limit
   * on this machine, 100 elsewhere.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.maxSessions")
  private @Nullable String maxSessions;

  /**
   * What follows when sessions survive {@code timeout}: {@code none}, or {@code kill-processes},
   * which signals their processes on this machine, with {@code signal}, and only theirs. That this
   * is possible here is checked before anybody is touched.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.escalate", defaultValue = "none")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String escalate;

  /**
   * The hardest signal that {@code escalate} may send: {@code TERM}, or {@code KILL} for those that
   * do not obey TERM within 2 seconds. KILL makes the server end every session of every database
   * and recover.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.signal", defaultValue = "TERM")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String signal;

  /**
   * The server's data directory on this machine, for {@code escalate}. Default: the server is
   * asked, which needs a superuser or a member of {@code pg_read_all_settings}.
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

  /**
   * What to do when this role may not end every selected session. {@code stop}: the goal fails
   * before it has touched anybody, and names who is out of reach and what mends it. {@code
   * continue}: it ends the others, and fails then. With {@code escalate}, whom the operating system
   * reaches is within reach. Sessions out of reach that come later have survived.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.whenRefused", defaultValue = "stop")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String whenRefused;

  /**
   * Roll back the prepared transactions (two-phase commit) of the database whose identifier matches
   * {@code preparedGid} and that are at least {@code minPreparedAge} old, once the sessions are
   * gone. Not where their transaction manager still lives: another branch of the same transaction
   * may be committed elsewhere. It needs the role that prepared them, a member of it, or a
   * superuser, and a connection to the database itself. Without it they are only reported.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.rollbackPrepared", defaultValue = "false")
  private boolean rollbackPrepared;

  /**
   * Which prepared transactions {@code rollbackPrepared} may roll back: a regular expression
   * (PostgreSQL's, unanchored, case-sensitive) on their global identifiers. Required with it,
   * refused without it.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.preparedGid")
  private @Nullable String preparedGid;

  /**
   * How long ago a transaction must have been prepared to be rolled back: {@code 500ms}, {@code
   * 30s}, {@code 5m}, {@code 2h}, {@code 1d} or ISO 8601. Younger ones may be about to be
   * committed.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.minPreparedAge", defaultValue = "10m")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String minPreparedAge;

  @Override
  void run(ConnectionSettings settings, Console console, Journal journal) {
    Termination termination =
        new TerminateSessions(console, journal)
            .run(
                new TerminateSessions.Request(
                    settings,
                    limitedRails(),
                    filter(),
                    options(),
                    closing(),
                    extras(),
                    failIfDatabaseMissing()));
    Conclusion.of(termination, console, journal);
  }

  private TerminationExtras extras() {
    return new TerminationExtras(
        backup(),
        PreparedParameters.rule(rollbackPrepared, preparedGid, minPreparedAge),
        steps(),
        escalation(),
        admitRoles(),
        watch());
  }

  /** Roles that the user named as this build's own. */
  List<String> admitRoles() {
    return List.of();
  }

  /** Where is written down what is watched after the goal; null not to watch. */
  KeepClear.@Nullable Book watch() {
    return null;
  }

  /** How the database is backed up first; null for not at all. */
  @Nullable BackupOptions backup() {
    return null;
  }

  /** How the database is closed meanwhile; null to leave it as it is. */
  @Nullable Closing closing() {
    return null;
  }

  /** What the build itself does meanwhile. */
  BuildSteps steps() {
    return BuildSteps.NONE;
  }

  @Override
  final Duration timeout() {
    return Durations.parse("timeout", timeout);
  }

  private enum Escalate {
    NONE,
    KILL_PROCESSES
  }

  private @Nullable KillOptions escalation() {
    KillOptions options =
        new KillOptions(
            Choice.of(ProcessSignal.class, "signal", signal),
            timeout(),
            Durations.parse("readyTimeout", readyTimeout),
            dataDirectory,
            affectOtherSessions);
    return Choice.of(Escalate.class, "escalate", escalate) == Escalate.NONE ? null : options;
  }

  final GuardRails limitedRails() {
    return rails(maxSessions == null ? null : wholeNumber("maxSessions", maxSessions, 0));
  }

  final TerminationOptions options() {
    return new TerminationOptions(
        timeout(),
        quietPeriod == null ? null : Durations.parse("quietPeriod", quietPeriod),
        Durations.parse("drain", drain),
        cancelFirst,
        dryRun(),
        newcomers(),
        Choice.of(WhenRefused.class, "whenRefused", whenRefused));
  }

  /** What is done about sessions that come after the first selection. */
  Newcomers newcomers() {
    return Newcomers.TERMINATED;
  }
}
