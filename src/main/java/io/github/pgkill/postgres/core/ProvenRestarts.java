package io.github.pgkill.postgres.core;

import io.github.pgkill.model.server.ServerInfo;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The restarts that goals of this build made and proved. A server after one counts as the server
 * before it, and nothing else that bears the same system identifier does: the clones of one base
 * backup share that.
 */
public final class ProvenRestarts {

  /** The start that this build knew a server by first, by each later start of it. */
  private static final Map<String, String> FIRST = new ConcurrentHashMap<>();

  private ProvenRestarts() {}

  /** It was that server before the restart, and is this one now. */
  public static void add(ServerInfo before, ServerInfo now) {
    FIRST.put(now.startedAt(), firstStart(before.startedAt()));
  }

  /** Whether both are one server, restarted by nobody but this build. */
  public static boolean leadFrom(ServerInfo first, ServerInfo now) {
    return mayBeOneCluster(first.systemIdentifier(), now.systemIdentifier())
        && leadFrom(first.startedAt(), now.startedAt());
  }

  /** Each database may hide the system identifier from a role; the start alone tells then. */
  static boolean mayBeOneCluster(@Nullable String one, @Nullable String other) {
    return one == null || other == null || one.equals(other);
  }

  static boolean leadFrom(String firstStart, String start) {
    return firstStart(firstStart).equals(firstStart(start));
  }

  /** When the server of that start started before all restarts that were proved. */
  public static String firstStart(String startedAt) {
    return FIRST.getOrDefault(startedAt, startedAt);
  }
}
