package io.github.pgkill.model.host;

import java.util.Locale;

/** How a server goes down (PostgreSQL documentation, section 19.5). */
public enum ShutdownMode {
  /** It waits until all clients have left by themselves, and lets nobody in meanwhile. */
  SMART,
  /** It ends all sessions, rolls back what was open, and writes everything down. */
  FAST,
  /** It breaks off, as in a crash: it recovers when it starts, and unlogged tables are empty. */
  IMMEDIATE;

  /** As PostgreSQL's own programs spell it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
