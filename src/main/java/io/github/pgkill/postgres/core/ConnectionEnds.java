package io.github.pgkill.postgres.core;

import io.github.pgkill.model.connection.Endpoint;

/**
 * Our connection as the server sees it.
 *
 * @param client our end
 * @param serverPort the port of its end
 */
public record ConnectionEnds(Endpoint client, int serverPort) {}
