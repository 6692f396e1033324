package io.github.pgkill.model.poolers;

/**
 * A connection of a pooler to a server.
 *
 * @param alias the pooler's name of the database
 * @param pid the server's process behind it; 0 where the pooler does not know it yet
 * @param inUse whether a client has it
 */
public record PoolerBackend(String alias, int pid, boolean inUse) {}
