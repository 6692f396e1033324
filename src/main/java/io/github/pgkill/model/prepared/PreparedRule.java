package io.github.pgkill.model.prepared;

import java.time.Duration;

/**
 * Which prepared transactions may be rolled back.
 *
 * @param gidPattern regular expression that the global identifier matches somewhere
 * @param minAge prepared at least so long ago
 */
public record PreparedRule(String gidPattern, Duration minAge) {}
