package io.github.pgkill.model;

import java.time.Instant;

/**
 * A running build, as others can recognise it.
 *
 * @param key random number under which it holds its advisory locks
 * @param host name of the machine that it runs on
 * @param pid process id of its JVM there
 * @param startedAt when that process began
 */
public record BuildIdentity(int key, String host, long pid, Instant startedAt) {}
