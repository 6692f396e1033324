package io.github.pgkill.postgres.sessions;

/**
 * Something in a database that locks are held on, as {@code pg_locks} tells it.
 *
 * @param catalog number of the catalog that it is listed in: {@code pg_class}, {@code
 *     pg_namespace}, ...
 * @param number its own
 */
record LockObject(long catalog, long number) {}
