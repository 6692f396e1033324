package io.github.pgkill.model.server;

import org.jspecify.annotations.Nullable;

/**
 * How much there is of a database.
 *
 * @param encoding its encoding's name
 * @param size in bytes on the server's disk; null where this role may not ask
 */
public record DatabaseExtent(String encoding, @Nullable Long size) {}
