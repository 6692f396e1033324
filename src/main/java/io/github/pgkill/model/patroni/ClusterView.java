package io.github.pgkill.model.patroni;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A cluster as one of its members sees it.
 *
 * @param members all of them
 * @param paused whether nobody would take over from a leader that is lost
 * @param scheduledSwitchover when another one is to lead; null for never
 */
public record ClusterView(
    List<PatroniMember> members, boolean paused, @Nullable String scheduledSwitchover) {

  public ClusterView {
    members = List.copyOf(members);
  }

  /** The one that takes writes; empty while there is none. */
  public Optional<PatroniMember> leader() {
    return members.stream().filter(PatroniMember::leads).findFirst();
  }
}
