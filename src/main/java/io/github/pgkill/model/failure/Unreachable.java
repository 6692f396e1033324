package io.github.pgkill.model.failure;

import org.jspecify.annotations.Nullable;

/**
 * No session could be had, for a reason that the settings are not to blame for: nobody answers, all
 * slots are taken, the server is starting or stopping.
 */
public final class Unreachable extends PgkillError {

  private static final long serialVersionUID = 1L;

  private final boolean slotsTaken;

  public Unreachable(String what, @Nullable String remedy, @Nullable Throwable cause) {
    this(what, remedy, cause, false);
  }

  private Unreachable(
      String what, @Nullable String remedy, @Nullable Throwable cause, boolean slotsTaken) {
    super(what, remedy, cause);
    this.slotsTaken = slotsTaken;
  }

  /** The server lives, and has no slot for us. */
  public static Unreachable allSlotsTaken(String what, String remedy, Throwable cause) {
    return new Unreachable(what, remedy, cause, true);
  }

  /** Whether the server lives, and only has no slot for us. */
  public boolean slotsTaken() {
    return slotsTaken;
  }
}
