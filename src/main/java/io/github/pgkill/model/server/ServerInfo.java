package io.github.pgkill.model.server;

import io.github.pgkill.model.sessions.SessionId;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a server says of itself and of our place in it.
 *
 * @param version as the server prints it, for example {@code 15.19}
 * @param versionNumber {@code server_version_num}, for example 150019
 * @param systemIdentifier from {@code pg_control_system()}; null where this role may not ask
 * @param standby whether it is in recovery
 * @param providerRoles roles that only a managed service has, present here
 * @param standbys number of streaming standbys attached
 * @param inactiveSlots number of physical replication slots that nobody uses: a standby's that is
 *     down, perhaps
 * @param pooled whether a connection pooler sits between us and the server
 * @param self our own session's identity
 * @param role the role whose privileges count, after {@code SET ROLE}
 * @param connectedTo the maintenance database in use
 * @param seesAllSessions whether this role sees the details of every session
 * @param signalsOthers whether this role may signal sessions of any ordinary role
 * @param querySize {@code track_activity_query_size} in bytes
 * @param startedAt when the postmaster started, in UTC and to the microsecond; clones of one base
 *     backup share the system identifier, and this tells them apart
 * @param upTime since the postmaster started
 */
public record ServerInfo(
    String version,
    int versionNumber,
    @Nullable String systemIdentifier,
    boolean standby,
    List<String> providerRoles,
    int standbys,
    int inactiveSlots,
    boolean pooled,
    SessionId self,
    String role,
    String connectedTo,
    boolean seesAllSessions,
    boolean signalsOthers,
    int querySize,
    String startedAt,
    Duration upTime) {

  public ServerInfo {
    providerRoles = List.copyOf(providerRoles);
  }

  /**
   * Whether this is the very server that {@code first} was: the same cluster and the same start of
   * it. Where this role may not see the system identifier, which each database may grant or not,
   * the start alone tells.
   */
  public boolean isStill(ServerInfo first) {
    boolean hidden = systemIdentifier == null || first.systemIdentifier == null;
    return (hidden || Objects.equals(systemIdentifier, first.systemIdentifier))
        && startedAt.equals(first.startedAt);
  }

  /** Major version, for example 15. */
  public int major() {
    return versionNumber / 10000;
  }
}
