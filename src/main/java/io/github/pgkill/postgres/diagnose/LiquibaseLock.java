package io.github.pgkill.postgres.diagnose;

import org.jspecify.annotations.Nullable;

/**
 * A row by which Liquibase keeps other Liquibases out. It outlives whoever wrote it.
 *
 * @param table the lock table, quoted
 * @param lockedBy host and address, as Liquibase wrote them
 * @param granted when, by the clock of that host
 * @param owner whose table that is
 * @param release the statement that releases it; null where the table is not our role's, for what
 *     its owner defined would run as whoever executes that
 * @param writable whether our role may do that
 */
public record LiquibaseLock(
    String table,
    @Nullable String lockedBy,
    @Nullable String granted,
    String owner,
    @Nullable String release,
    boolean writable) {}
