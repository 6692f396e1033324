package io.github.pgkill.postgres;

/**
 * A role that may connect.
 *
 * @param role its name
 * @param superuser whether no privilege stops it
 */
public record Visitor(String role, boolean superuser) {}
