package io.github.pgkill.model.diagnose;

import java.util.Locale;

/**
 * What takes something out of the way.
 *
 * @param action what kind of deed it is
 * @param text the statement or command, to be typed as it is
 */
public record Removal(Action action, String text) {

  /** What one can do about something in the way. */
  public enum Action {
    TERMINATE_PROCESS,
    CONTINUE_PROCESS,
    ROLLBACK_PREPARED,
    DROP_REPLICATION_SLOT,
    DROP_SUBSCRIPTION,
    DROP_DATABASE,
    UNMARK_TEMPLATE,
    ALLOW_CONNECTIONS,
    RESTORE_CONNECT,
    RELEASE_MIGRATION_LOCK;

    /** What programs that read a report know it by. */
    public String code() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }
}
