package io.github.pgkill.campaign;

import io.github.pgkill.campaign.DatabaseImage.Privilege;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the administrator beside has committed, in that order: no build may undo it. */
sealed interface Effect {

  long oid();

  /** Privileges that were not there, or without the option, and those that were. */
  record Privileges(long oid, Map<Privilege, Boolean> added, Set<Privilege> removed)
      implements Effect {}

  record Limit(long oid, int limit) implements Effect {}

  /**
   * A comment.
   *
   * @param hex its bytes; null for none
   */
  record Comment(long oid, @Nullable String hex) implements Effect {}

  record Renamed(long oid, String name) implements Effect {}

  record Created(DatabaseImage image) implements Effect {
    @Override
    public long oid() {
      return image.oid();
    }
  }

  record Dropped(long oid) implements Effect {}
}
