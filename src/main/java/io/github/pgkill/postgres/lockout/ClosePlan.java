package io.github.pgkill.postgres.lockout;

import io.github.pgkill.model.lockout.BuildIdentity;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.server.DatabaseInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a database is to be closed.
 *
 * @param database which one
 * @param closeWith in which way
 * @param revokeFrom the grantees that lose CONNECT, {@code PUBLIC} among them; null for every one
 *     that is not admitted
 * @param admitted the roles that keep or get CONNECT
 * @param reopen when it is opened again
 * @param build whose lockout it is
 */
public record ClosePlan(
    DatabaseInfo database,
    CloseWith closeWith,
    @Nullable List<String> revokeFrom,
    List<String> admitted,
    Reopen reopen,
    BuildIdentity build) {

  public ClosePlan {
    admitted = List.copyOf(admitted);
  }
}
