package io.github.pgkill.model;

/**
 * What identifies a session on one server: a pid alone may be recycled, a pid with the start time
 * of its backend is not.
 *
 * @param pid process id of the backend
 * @param backendStart {@code pg_stat_activity.backend_start} as the server's own text, microseconds
 *     and zone included, which round-trips exactly
 */
public record SessionId(int pid, String backendStart) {}
