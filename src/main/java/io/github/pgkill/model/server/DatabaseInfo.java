package io.github.pgkill.model.server;

import org.jspecify.annotations.Nullable;

/**
 * The target database as the server describes it.
 *
 * @param oid its object id
 * @param name its name
 * @param protectedBy how an administrator marked it as protected, in words; null when not marked
 */
public record DatabaseInfo(long oid, String name, @Nullable String protectedBy) {}
