package io.github.pgkill.model.lockout;

import java.util.List;
import java.util.Set;

/**
 * All that decides who may connect to a database.
 *
 * @param owner the role that owns it, by object id
 * @param defaultAcl whether {@code datacl} is NULL, so that the privileges are the built-in ones
 * @param acl the privileges in force, the built-in ones spelled out
 * @param connectionLimit {@code datconnlimit}; -1 for none
 * @param allowConnections {@code datallowconn}
 */
public record DatabaseState(
    long owner,
    boolean defaultAcl,
    Set<AclEntry> acl,
    int connectionLimit,
    boolean allowConnections) {

  public DatabaseState {
    acl = Set.copyOf(acl);
  }

  /** Whether both let in the same: privileges spelled out are those that are built in. */
  public boolean isLike(DatabaseState other) {
    return owner == other.owner
        && acl.equals(other.acl)
        && connectionLimit == other.connectionLimit
        && allowConnections == other.allowConnections;
  }

  /** The privileges in force that let somebody connect. */
  public List<AclEntry> connects() {
    return acl.stream().filter(AclEntry::connects).toList();
  }
}
