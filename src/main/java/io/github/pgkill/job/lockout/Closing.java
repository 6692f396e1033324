package io.github.pgkill.job.lockout;

import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.Reopen;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the user wants a database closed.
 *
 * @param closeWith in which way; null leaves it to us
 * @param revokeFrom grantees that lose CONNECT; null for every one that is not admitted
 * @param admitRoles roles that keep or get CONNECT beside the connecting one
 * @param reopen when it is opened again
 * @param timeout how long to wait for another build's lockout
 * @param affectReplication consent to let logical slots and subscriptions stand still
 * @param stepsMustGetIn whether steps of the build's own must get in meanwhile
 */
public record Closing(
    @Nullable CloseWith closeWith,
    @Nullable List<String> revokeFrom,
    List<String> admitRoles,
    Reopen reopen,
    Duration timeout,
    boolean affectReplication,
    boolean stepsMustGetIn) {

  /** Nobody of ours needs to get in meanwhile. */
  public Closing(
      @Nullable CloseWith closeWith,
      @Nullable List<String> revokeFrom,
      List<String> admitRoles,
      Reopen reopen,
      Duration timeout,
      boolean affectReplication) {
    this(closeWith, revokeFrom, admitRoles, reopen, timeout, affectReplication, false);
  }

  /** The same, with steps of the build's own that must get in. */
  public Closing forSteps() {
    return new Closing(closeWith, revokeFrom, admitRoles, reopen, timeout, affectReplication, true);
  }

  public Closing {
    admitRoles = List.copyOf(admitRoles);
  }
}
