package io.github.pgkill.model;

import org.jspecify.annotations.Nullable;

/**
 * One running instance as it says of itself: which it is, where it lives on its host, and since
 * when it runs.
 *
 * @param systemIdentifier the same before and after a restart; null where this role may not ask
 * @param startedAtMicros {@code pg_postmaster_start_time()} since the epoch, in microseconds
 * @param standby whether it is in recovery
 * @param port the port that it listens on
 * @param dataDirectory null where this role may not ask
 * @param backendPid the process that serves us, on the server's host
 * @param cloudNative whether CloudNativePG configured it
 */
public record InstanceInfo(
    @Nullable String systemIdentifier,
    long startedAtMicros,
    boolean standby,
    int port,
    @Nullable String dataDirectory,
    int backendPid,
    boolean cloudNative) {}
