package io.github.pgkill.postgres.diagnose;

import org.jspecify.annotations.Nullable;

/**
 * What our role may do with a database as a whole, and what state that is in.
 *
 * @param superuser whether it is a superuser
 * @param createsDatabases whether it has CREATEDB
 * @param owns whether it has the privileges of the database's owner
 * @param owner that owner
 * @param template whether the database is marked as a template
 * @param invalid whether an interrupted DROP has left it unusable
 * @param allowsConnections whether it accepts connections at all
 * @param connects whether the role has CONNECT
 * @param dataDirectory of the server; null where that is hidden from this role
 */
public record Abilities(
    boolean superuser,
    boolean createsDatabases,
    boolean owns,
    String owner,
    boolean template,
    boolean invalid,
    boolean allowsConnections,
    boolean connects,
    @Nullable String dataDirectory) {

  /** Whether it may copy the database (PostgreSQL documentation, CREATE DATABASE). */
  public boolean copies() {
    return superuser || (createsDatabases && (template || owns));
  }
}
