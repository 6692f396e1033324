package io.github.pgkill.job.backup;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How to back a database up.
 *
 * @param directory where dumps are kept
 * @param pgDump the program, or its name on the path; null for {@code pg_dump}
 * @param lockWait how long a dump may wait for each lock
 * @param stall how long it may stand still before it is ended
 */
public record BackupOptions(
    Path directory, @Nullable String pgDump, Duration lockWait, Duration stall) {

  /** What stands still for so long will not move again. */
  static final Duration STALL = Duration.ofMinutes(10);

  private static final Duration LOCK_WAIT = Duration.ofSeconds(30);

  /** With half a minute for each lock. */
  public static BackupOptions in(Path directory, @Nullable String pgDump) {
    return new BackupOptions(directory, pgDump, LOCK_WAIT, STALL);
  }
}
