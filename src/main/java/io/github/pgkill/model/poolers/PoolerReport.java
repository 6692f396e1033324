package io.github.pgkill.model.poolers;

import java.time.Duration;
import java.time.Instant;

/**
 * How an alias was paused, for the report.
 *
 * @param console of the pooler, {@code host:port}
 * @param alias what the pooler's clients call the database
 * @param mode {@code session}, {@code transaction} or {@code statement}
 * @param since when the pause began
 * @param lasted for how long
 * @param clients how many were connected in the end
 * @param waiting how many of them waited in the end
 */
public record PoolerReport(
    String console,
    String alias,
    String mode,
    Instant since,
    Duration lasted,
    int clients,
    int waiting) {}
