package io.github.pgkill.connection.environment;

import io.github.pgkill.model.value.Secret;
import org.jspecify.annotations.Nullable;

/**
 * A {@code <server>} of settings.xml, decrypted.
 *
 * @param serverId its id
 * @param username the role to log in as; null when the entry has none
 * @param password its password; null when the entry has none
 */
public record ServerCredentials(
    String serverId, @Nullable String username, @Nullable Secret password) {}
