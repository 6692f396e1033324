package io.github.pgkill.model;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the server keeps of a closed database: all that is needed to open it exactly as it was, and
 * to tell whether it is this database on this server and whose lockout it is.
 *
 * @param systemIdentifier of the server; a copy of it that travelled elsewhere is not replayed
 * @param databaseOid of the database; one that was created anew under the name is another one
 * @param databaseName its name when it was closed
 * @param closedWith how it was closed
 * @param reopen when it is opened again
 * @param build whose it is
 * @param closedAt when, by the clock of the build
 * @param before what decided who may connect, before
 * @param after the same after closing; what differs from it later is somebody else's change
 * @param comment the database's own comment, which the record took the place of; null for none
 * @param roles names of the roles in both states, by object id
 */
public record LockoutRecord(
    String systemIdentifier,
    long databaseOid,
    String databaseName,
    CloseWith closedWith,
    Reopen reopen,
    BuildIdentity build,
    Instant closedAt,
    DatabaseState before,
    DatabaseState after,
    @Nullable String comment,
    Map<Long, String> roles) {

  public LockoutRecord {
    roles = Map.copyOf(roles);
  }

  /** The same lockout with another comment of the database's own to give back. */
  public LockoutRecord withComment(@Nullable String other) {
    return new LockoutRecord(
        systemIdentifier,
        databaseOid,
        databaseName,
        closedWith,
        reopen,
        build,
        closedAt,
        before,
        after,
        other,
        roles);
  }
}
