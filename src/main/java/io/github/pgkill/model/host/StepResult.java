package io.github.pgkill.model.host;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Something that a goal did besides ending sessions: a program it ran, statements of the build's
 * own.
 *
 * @param name what it is for, for example {@code beforeTerminate[1]}, {@code restart} or {@code
 *     backup}
 * @param kind what it is
 * @param what the program's arguments or the statement, without secrets
 * @param status what came of it
 * @param duration how long it took; null when it did not run
 * @param exitCode of a program that ended by itself; null otherwise
 * @param output the last of what it said, without secrets
 */
public record StepResult(
    String name,
    Kind kind,
    String what,
    Status status,
    @Nullable Duration duration,
    @Nullable Integer exitCode,
    String output) {

  /** What a step is. */
  public enum Kind {
    SQL,
    COMMAND
  }

  /** What came of a step. */
  public enum Status {
    /** In a dry run: what would be done. */
    PLANNED,
    DONE,
    FAILED
  }

  /** What would be done, in a dry run. */
  public static StepResult planned(String name, Kind kind, String what) {
    return new StepResult(name, kind, what, Status.PLANNED, null, null, "");
  }
}
