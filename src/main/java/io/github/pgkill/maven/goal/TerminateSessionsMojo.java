package io.github.pgkill.maven.goal;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.watch.AwaitLocks;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.value.Program;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.util.List;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * Terminates the selected sessions of a database and proves them gone. The database stays open, so
 * that clients may come back afterwards.
 *
 * @since 0.1.0
 */
@Mojo(
    name = "terminate-sessions",
    defaultPhase = LifecyclePhase.PRE_INTEGRATION_TEST,
    requiresProject = false,
    threadSafe = true)
public final class TerminateSessionsMojo extends AbstractTerminationMojo {

  /**
   * Stand by for {@code timeout} while another program works, and terminate only those of the
   * selected sessions that keep it waiting for a lock, directly or as the root of a chain: its
   * application name, exact or as {@code /regex/}, or its backend's process id. The program's own
   * sessions are never terminated. The goal ends when the program has waited and then does not wait
   * again for {@code quietPeriod}; that it never waited is a success, too. For a second terminal,
   * or a module built at the same time ({@code -T}). Default: nobody is awaited.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.awaitLocks")
  private @Nullable List<String> awaitLocks;

  /**
   * The roles that the program of {@code awaitLocks} logs in as, because any client may call itself
   * as it likes: a session of another role is never stood by for, whatever its application name or
   * process id; it is reported. Default: the role that this plugin logs in as, and {@code role}.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.awaitRoles")
  private @Nullable List<String> awaitRoles;

  @Override
  void run(ConnectionSettings settings, Console console, Journal journal) {
    if (list(awaitLocks).isEmpty()) {
      requireNoRoles();
      super.run(settings, console, journal);
      return;
    }
    Termination termination =
        new AwaitLocks(console, journal)
            .run(
                new AwaitLocks.Request(
                    settings,
                    limitedRails(),
                    Program.parse("awaitLocks", list(awaitLocks)),
                    list(awaitRoles),
                    filter(),
                    options(),
                    failIfDatabaseMissing()));
    Conclusion.of(termination, console, journal);
  }

  private void requireNoRoles() {
    if (!list(awaitRoles).isEmpty()) {
      throw new InvalidParameter(
          "awaitRoles",
          "nobody is awaited",
          "Say for which program to stand by: -Dpgkill.awaitLocks=NAME, or leave it out.");
    }
  }
}
