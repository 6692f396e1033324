package io.github.pgkill.postgres.diagnose;

import io.github.pgkill.model.Blocker;

/**
 * Something besides a session that hangs on a database.
 *
 * @param name its own name: a transaction's gid, a slot's or subscription's name
 * @param blocker what it is in the way of DROP DATABASE
 */
public record Obstacle(String name, Blocker blocker) {}
