package io.github.pgkill.model.lockout;

import org.jspecify.annotations.Nullable;

/** What others did to a closed database meanwhile, and what therefore is not as it was before. */
public sealed interface KeptChange {

  /** Another connection limit. */
  record Limit(int now) implements KeptChange {}

  /** It accepts connections. */
  record ConnectionsAllowed() implements KeptChange {}

  /** Another comment. */
  record Comment() implements KeptChange {}

  /**
   * Another privilege to connect.
   *
   * @param role who has it; null for PUBLIC
   */
  record Connect(@Nullable String role, Grant grant) implements KeptChange {}

  /**
   * A privilege of a role, or by a role, that was dropped.
   *
   * @param role who had it; null for PUBLIC
   */
  record OfDroppedRole(@Nullable String role, @Nullable String grantor) implements KeptChange {}

  /** So many privileges to connect are not back, although nobody changed any. */
  record NotBack(int privileges) implements KeptChange {}

  /** So many more of these. */
  record More(int number) implements KeptChange {}

  /** Another lockout: that build opens it. */
  record ClosedAgain(BuildIdentity build) implements KeptChange {}

  /**
   * A lockout of a later version.
   *
   * @param plugin which one, in words
   */
  record ClosedByNewer(String plugin) implements KeptChange {}

  /** What became of a privilege. */
  enum Grant {
    LOST,
    GOT,
    GOT_BACK
  }
}
