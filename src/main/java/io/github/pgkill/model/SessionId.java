package io.github.pgkill.model;

import org.jspecify.annotations.Nullable;

/**
 * What identifies a session on one server: a pid alone may be recycled, a pid with the start time
 * of its backend is not.
 *
 * @param pid process id of the backend
 * @param backendStart {@code pg_stat_activity.backend_start} as the server's own text, microseconds
 *     and zone included, which round-trips exactly
 */
public record SessionId(int pid, String backendStart) {

  // Written out, because the JDK puts a record's own together at run time, in every goal anew:
  // some 50 classes, longer than all that is ever compared.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SessionId that
        && pid == that.pid
        && backendStart.equals(that.backendStart);
  }

  @Override
  public int hashCode() {
    return 31 * pid + backendStart.hashCode();
  }
}
