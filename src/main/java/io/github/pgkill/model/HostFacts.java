package io.github.pgkill.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a server says about its place on its host, and about the process that serves us.
 *
 * @param dataDirectory null where this role may not ask
 * @param port where it believes to listen
 * @param startedAt when its first process began
 * @param ownStart when the process of our own session began; null where this role may not see
 * @param ownClient where our own connection comes from: {@code local}, or {@code address:port}
 * @param ownRole the role that logged in
 * @param ownDatabase the database that we are connected to
 * @param restartsAfterCrash whether it comes back by itself after a crash
 */
public record HostFacts(
    @Nullable String dataDirectory,
    int port,
    Instant startedAt,
    @Nullable Instant ownStart,
    String ownClient,
    String ownRole,
    String ownDatabase,
    boolean restartsAfterCrash) {}
