package io.github.pgkill.postgres.lockout;

import io.github.pgkill.model.lockout.KeptChange;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.lockout.LockoutReport.Opening;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of opening a database again.
 *
 * @param wasClosed whether there was a lockout to undo
 * @param statements what was executed
 * @param kept what somebody else changed meanwhile and what therefore is not as it was before
 * @param toResume the record that the database still bears, because poolers are to be resumed;
 *     {@link Lockouts#resumed} takes it away. Null for most
 */
public record Reopened(
    boolean wasClosed,
    List<String> statements,
    List<KeptChange> kept,
    @Nullable LockoutRecord toResume) {

  public Reopened(boolean wasClosed, List<String> statements, List<KeptChange> kept) {
    this(wasClosed, statements, kept, null);
  }

  public Reopened {
    statements = List.copyOf(statements);
    kept = List.copyOf(kept);
  }

  public Opening opening() {
    return wasClosed ? Opening.OPENED : Opening.NOT_NEEDED;
  }
}
