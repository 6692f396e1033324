package io.github.pgkill.model.report;

/**
 * A statement for the server, as it would be typed.
 *
 * @param text without secrets
 * @param executed whether the server executed it; in a dry run it would have been
 */
public record Statement(String text, boolean executed) {}
