package io.github.pgkill.postgres.diagnose;

import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.prepared.PreparedTransaction;
import org.jspecify.annotations.Nullable;

/**
 * Something besides a session that hangs on a database.
 *
 * @param blocker what it is in the way of DROP DATABASE
 * @param prepared the prepared transaction that it is; null for everything else
 */
public record Obstacle(Blocker blocker, @Nullable PreparedTransaction prepared) {}
