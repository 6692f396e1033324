package io.github.pgkill.postgres.lockout;

/**
 * A role that may connect.
 *
 * @param role its name
 * @param superuser whether no privilege stops it
 */
public record ConnectingRole(String role, boolean superuser) {}
