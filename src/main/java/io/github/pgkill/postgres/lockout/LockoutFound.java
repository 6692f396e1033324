package io.github.pgkill.postgres.lockout;

import io.github.pgkill.model.lockout.LockoutRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a database's comment says about lockouts. */
public sealed interface LockoutFound {

  /** There is no record: nobody of us has closed it. */
  record None() implements LockoutFound {}

  /**
   * It is closed, and the record says how to open it.
   *
   * @param record the record, about this database on this server
   * @param held whether the build that closed it is there to open it again
   * @param statements what closed it just now; none where it was found closed
   */
  record Closed(LockoutRecord record, boolean held, List<String> statements)
      implements LockoutFound {
    public Closed {
      statements = List.copyOf(statements);
    }
  }

  /**
   * There is something that looks like a record and is none that may be followed.
   *
   * @param reason why not, in words
   * @param newer the version of this plugin that it takes, in words; null when none would follow it
   */
  record Unusable(String reason, @Nullable String newer) implements LockoutFound {}
}
