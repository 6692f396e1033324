package io.github.pgkill.host.restart;

import io.github.pgkill.host.process.HostProcess;
import io.github.pgkill.model.host.ShutdownMode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is to be restarted, and how.
 *
 * @param postmaster the server's first process; null where it is not to be seen on this host
 * @param dataDirectory where its data is; null where nobody says
 * @param serviceName what the user calls it; null for the method's own way to find it
 * @param mode how it is to go down
 * @param readyTimeout until it accepts connections again
 * @param sudo whether to run the command as root
 */
public record RestartTarget(
    @Nullable HostProcess postmaster,
    @Nullable Path dataDirectory,
    @Nullable String serviceName,
    ShutdownMode mode,
    Duration readyTimeout,
    boolean sudo) {

  /** For methods that are asked only once it was seen. */
  HostProcess seen() {
    return Objects.requireNonNull(postmaster, "asked before it was seen");
  }
}
