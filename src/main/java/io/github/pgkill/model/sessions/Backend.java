package io.github.pgkill.model.sessions;

import io.github.pgkill.model.connection.Node;

/**
 * A process of a server, for as long as nobody else has its number: not to signal by.
 *
 * @param node the server
 * @param pid the process id
 */
public record Backend(Node node, int pid) {}
