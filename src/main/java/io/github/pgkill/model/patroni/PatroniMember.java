package io.github.pgkill.model.patroni;

import io.github.pgkill.model.connection.HostAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One member of a cluster as {@code /cluster} names it. Whoever answered there may have written
 * anything.
 *
 * @param name as Patroni calls it
 * @param role {@code leader}, {@code replica}, {@code sync_standby} or another word
 * @param state {@code running}, {@code streaming} or another word
 * @param server the server's host and port
 * @param rest its own REST; null when that cannot be read
 * @param timeline its timeline, as a number; empty when it is not said
 * @param lag how many bytes it is behind, or a word; empty when it is not said
 * @param tags what is set for it, such as {@code nofailover}; empty for nothing
 * @param scheduledRestart when it is to be restarted; null for never
 */
public record PatroniMember(
    String name,
    String role,
    String state,
    HostAddress server,
    @Nullable PatroniUrl rest,
    String timeline,
    String lag,
    String tags,
    @Nullable String scheduledRestart) {

  /** What Patroni calls the one that takes writes; {@code master} is that of old versions. */
  private static final Set<String> LEADS = Set.of("leader", "master", "primary");

  /** Whether that role takes writes. */
  public static boolean leads(String role) {
    return LEADS.contains(role);
  }

  /** Whether it takes writes. */
  public boolean leads() {
    return leads(role);
  }

  /** As people find it: its name and where its server is. */
  public String described() {
    return name + " (" + server + ")";
  }
}
