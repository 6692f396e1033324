package io.github.pgkill.job.restart;

import io.github.pgkill.model.host.RestartWith;
import io.github.pgkill.model.host.ShutdownMode;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How to restart.
 *
 * @param with what restarts the server
 * @param serviceName unit, formula, cluster or container; null for the method's own way to find it
 * @param command the user's own program and its arguments; empty for none
 * @param sudo whether the command runs as root
 * @param shutdownMode how the server goes down, where the method has it
 * @param readyTimeout until the server accepts connections again
 * @param dataDirectory where its data is; null for the server's own word
 * @param affectOtherSessions consent to end sessions that were not selected
 * @param dryRun stop before the command
 */
public record RestartOptions(
    RestartWith with,
    @Nullable String serviceName,
    List<String> command,
    boolean sudo,
    ShutdownMode shutdownMode,
    Duration readyTimeout,
    @Nullable String dataDirectory,
    boolean affectOtherSessions,
    boolean dryRun) {

  public RestartOptions {
    command = List.copyOf(command);
  }

  /** Whether the method can see on this host which server it restarts. */
  boolean provableBefore() {
    return with != RestartWith.DOCKER && with != RestartWith.COMMAND;
  }
}
