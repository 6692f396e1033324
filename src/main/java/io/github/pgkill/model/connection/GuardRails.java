package io.github.pgkill.model.connection;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the user allows a changing goal to touch.
 *
 * @param allowedHosts host names and CIDR blocks beyond loopback
 * @param allowedServers system identifiers of servers that look local and are not
 * @param protectedDatabases databases of the user's own that are never touched, beside the built-in
 *     ones
 * @param allowProtected protected databases that a session goal may be let in to
 * @param maxSessions refuse more victims than this at the first selection; null for the default: no
 *     limit on loopback, 100 elsewhere
 */
public record GuardRails(
    List<String> allowedHosts,
    List<String> allowedServers,
    List<String> protectedDatabases,
    List<String> allowProtected,
    @Nullable Integer maxSessions) {

  public GuardRails {
    allowedHosts = List.copyOf(allowedHosts);
    allowedServers = List.copyOf(allowedServers);
    protectedDatabases = List.copyOf(protectedDatabases);
    allowProtected = List.copyOf(allowProtected);
  }
}
