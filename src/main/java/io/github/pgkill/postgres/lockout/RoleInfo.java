package io.github.pgkill.postgres.lockout;

/**
 * A role, as far as closing a database is concerned.
 *
 * @param oid object id
 * @param name its name
 * @param superuser whether no privilege stops it
 * @param mayActAs whether our role may {@code SET ROLE} to it
 */
public record RoleInfo(long oid, String name, boolean superuser, boolean mayActAs) {}
