package io.github.pgkill.postgres.lockout;

import io.github.pgkill.model.lockout.BuildIdentity;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.poolers.PausedAlias;
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
 * @param paused what is paused before, and resumed after it is open again; none for most
 */
public record ClosePlan(
    DatabaseInfo database,
    CloseWith closeWith,
    @Nullable List<String> revokeFrom,
    List<String> admitted,
    Reopen reopen,
    BuildIdentity build,
    List<PausedAlias> paused) {

  /** Where nothing is paused. */
  public ClosePlan(
      DatabaseInfo database,
      CloseWith closeWith,
      @Nullable List<String> revokeFrom,
      List<String> admitted,
      Reopen reopen,
      BuildIdentity build) {
    this(database, closeWith, revokeFrom, admitted, reopen, build, List.of());
  }

  public ClosePlan {
    admitted = List.copyOf(admitted);
    paused = List.copyOf(paused);
  }

  /** The same behind poolers that are paused meanwhile. */
  public ClosePlan pausing(List<PausedAlias> aliases) {
    return new ClosePlan(database, closeWith, revokeFrom, admitted, reopen, build, aliases);
  }
}
