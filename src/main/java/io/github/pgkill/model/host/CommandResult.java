package io.github.pgkill.model.host;

import io.github.pgkill.model.text.PlainText;
import io.github.pgkill.model.value.Durations;
import java.time.Duration;

/**
 * What came of a program.
 *
 * @param command what ran
 * @param exitCode its exit code; -1 when it was ended because it took too long
 * @param timedOut whether it was ended because it took too long
 * @param stdout the beginning of its standard output, secrets masked
 * @param tail the last of what it wrote to standard output and standard error, in the order it
 *     arrived, secrets masked
 * @param duration how long it took
 */
public record CommandResult(
    HostCommand command,
    int exitCode,
    boolean timedOut,
    String stdout,
    String tail,
    Duration duration) {

  /** Whether it ended by itself, with a code that means success. */
  public boolean succeeded() {
    return !timedOut && command.successCodes().contains(exitCode);
  }

  /** What went wrong, with the last it said; only where it did not succeed. */
  public String failure() {
    String how =
        timedOut
            ? " took longer than "
                + Durations.format(command.timeout())
                + " and was ended, with its children"
            : " ended with exit code " + exitCode;
    return command.described()
        + how
        + (tail.isBlank() ? "" : "; it said: " + PlainText.joined(tail));
  }

  /** It as a line of the report. */
  public StepResult step(String name) {
    return new StepResult(
        name,
        StepResult.Kind.COMMAND,
        command.described(),
        succeeded() ? StepResult.Status.DONE : StepResult.Status.FAILED,
        duration,
        timedOut ? null : exitCode,
        tail);
  }
}
