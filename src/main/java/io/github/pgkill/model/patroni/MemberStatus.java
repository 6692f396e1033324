package io.github.pgkill.model.patroni;

import io.github.pgkill.model.server.InstanceInfo;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a member's own Patroni says of its server.
 *
 * @param role as {@link PatroniMember#leads(String)} takes it
 * @param state {@code running} or another word
 * @param systemIdentifier the server's; empty when it is not said
 * @param startedAt when the server's first process began; null when it is not said
 */
public record MemberStatus(
    String role, String state, String systemIdentifier, @Nullable Instant startedAt) {

  /** Old versions say no more than milliseconds. */
  private static final Duration PRECISION = Duration.ofMillis(1);

  /** Whether it runs and takes writes. */
  public boolean leads() {
    return PatroniMember.leads(role) && "running".equals(state);
  }

  /** Whether it is about that server, since that start of it. */
  public boolean isOf(InstanceInfo server) {
    return startedAt != null
        && systemIdentifier.equals(server.systemIdentifier())
        && Duration.between(startedAt, server.startedAt()).abs().compareTo(PRECISION) < 0;
  }
}
