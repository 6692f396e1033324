package io.github.pgkill.model.connection;

import org.jspecify.annotations.Nullable;

/**
 * The one server of a connection that answered, for programs that are to connect to the same.
 *
 * @param settings as whom and with what options
 * @param host the host that answered
 * @param address the numeric address that the guard let it lead to; null for a Unix socket
 */
public record DialledServer(
    ConnectionSettings settings, HostAddress host, @Nullable String address) {}
