package io.github.pgkill.model.sessions;

import io.github.pgkill.model.connection.Node;
import org.jspecify.annotations.Nullable;

/**
 * What identifies a session: a pid alone may be recycled, a pid with the start time of its backend
 * is not, on one server.
 *
 * @param node the server
 * @param pid process id of the backend
 * @param backendStart {@code pg_stat_activity.backend_start} as the server's own text, microseconds
 *     and zone included, which round-trips exactly
 */
public record SessionId(Node node, int pid, String backendStart) {

  // Written out, because the JDK puts a record's own together at run time, in every goal anew:
  // some 50 classes, longer than all that is ever compared.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SessionId that && isBackendOf(that) && node.equals(that.node);
  }

  @Override
  public int hashCode() {
    return 31 * pid + backendStart.hashCode();
  }

  /**
   * Whether it is the same backend, if both are of one server: goals of one build may call that by
   * different names.
   */
  public boolean isBackendOf(SessionId other) {
    return pid == other.pid && backendStart.equals(other.backendStart);
  }
}
