package io.github.pgkill.job;

import java.time.Duration;

/**
 * How to terminate.
 *
 * @param timeout for all selected sessions to be gone
 * @param quietPeriod none may come back for so long
 * @param drain how long sessions may take to end by themselves first
 * @param cancelFirst whether running queries are cancelled before their sessions are terminated
 * @param dryRun stop before the first signal
 */
public record TerminationOptions(
    Duration timeout, Duration quietPeriod, Duration drain, boolean cancelFirst, boolean dryRun) {}
