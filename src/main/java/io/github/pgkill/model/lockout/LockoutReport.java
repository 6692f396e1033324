package io.github.pgkill.model.lockout;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How a goal closed a database, and how it was given back.
 *
 * @param closedWith how it was closed
 * @param reopen when it was to be opened again
 * @param closing the statements that closed it
 * @param closedAt when it was closed
 * @param reopening the statements that opened it again; none while it is closed
 * @param reopenedAt when it was opened again; null while it is closed
 * @param opening what came of opening it; null while it is closed
 * @param words the same in words, with what others changed meanwhile; null while it is closed
 */
public record LockoutReport(
    CloseWith closedWith,
    Reopen reopen,
    List<String> closing,
    Instant closedAt,
    List<String> reopening,
    @Nullable Instant reopenedAt,
    @Nullable Opening opening,
    @Nullable String words) {

  /** What came of opening a database. */
  public enum Opening {
    OPENED,
    /** Somebody else had opened it by then, or dropped it. */
    NOT_NEEDED;

    /** What programs that read a report know it by. */
    public String code() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  public LockoutReport {
    closing = List.copyOf(closing);
    reopening = List.copyOf(reopening);
  }

  /** The same once it is open again. */
  public LockoutReport reopened(Instant at, List<String> statements, Opening how, String inWords) {
    return new LockoutReport(closedWith, reopen, closing, closedAt, statements, at, how, inWords);
  }
}
