package io.github.pgkill.job;

import io.github.pgkill.model.CloseWith;
import io.github.pgkill.model.Reopen;
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
 */
public record Closing(
    @Nullable CloseWith closeWith,
    @Nullable List<String> revokeFrom,
    List<String> admitRoles,
    Reopen reopen,
    Duration timeout,
    boolean affectReplication) {

  public Closing {
    admitRoles = List.copyOf(admitRoles);
  }
}
