package io.github.pgkill.job.drop;

import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.model.prepared.PreparedRule;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How to drop a database.
 *
 * @param timeout for its sessions to be gone, and then for it to be gone
 * @param confirm its name, typed again; null when it was not
 * @param affectReplication consent to lose its logical slots
 * @param prepared which prepared transactions are rolled back; null for none
 * @param failIfDatabaseMissing whether a missing database is a failure or a job already done
 * @param dryRun stop before the first change
 */
public record DropOptions(
    Duration timeout,
    @Nullable String confirm,
    boolean affectReplication,
    @Nullable PreparedRule prepared,
    boolean failIfDatabaseMissing,
    boolean dryRun) {

  /** Ending its sessions on the way. */
  TerminationOptions termination() {
    return new TerminationOptions(timeout, null, Duration.ZERO, false, dryRun);
  }
}
