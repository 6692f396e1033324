package io.github.pgkill.model.sessions;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One session that matched, and how it ended up.
 *
 * @param session the session as it was when it was selected
 * @param outcome how it ended up
 * @param newcomer whether it appeared after the first selection
 * @param signalledAt when it was signalled, from the start of the job; null if it never was
 * @param holdsLocks whether it still held locks on objects of the database at the end; asked for
 *     sessions that remain only
 */
public record SessionResult(
    Session session,
    Outcome outcome,
    boolean newcomer,
    @Nullable Duration signalledAt,
    boolean holdsLocks) {}
