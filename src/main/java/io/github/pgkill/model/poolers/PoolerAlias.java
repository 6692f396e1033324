package io.github.pgkill.model.poolers;

import io.github.pgkill.model.connection.HostAddress;

/**
 * A name under which a pooler offers a database.
 *
 * @param console of the pooler
 * @param name what its clients call the database
 * @param host where its server is; empty for a Unix socket of the pooler's machine
 * @param port of that server
 * @param database what the server calls it
 * @param mode {@code session}, {@code transaction} or {@code statement}
 * @param paused whether somebody has paused it
 * @param disabled whether somebody has disabled it
 * @param clients how many are connected
 * @param waiting how many of them wait for a connection to the server
 */
public record PoolerAlias(
    HostAddress console,
    String name,
    String host,
    int port,
    String database,
    String mode,
    boolean paused,
    boolean disabled,
    int clients,
    int waiting) {

  /** The alias and where it is, as one looks for it. */
  @Override
  public String toString() {
    return name + " at " + console;
  }
}
