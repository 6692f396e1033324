package io.github.pgkill.model.lockout;

import java.util.Locale;

/** How far a lockout has come, as its record says. */
public enum LockoutState {
  /** Poolers are being paused, and the database is still open. */
  PAUSING,
  /** The database is closed, and so is what was paused before. */
  CLOSED,
  /** The database is open again, and its poolers may still be paused. */
  RESUMING;

  /** What stands in the record. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }
}
