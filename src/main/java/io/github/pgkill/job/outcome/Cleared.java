package io.github.pgkill.job.outcome;

import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.sessions.SessionResult;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of ending the selected sessions.
 *
 * @param results one entry per session that matched, in the order they were seen
 * @param duration until the last of the signalled sessions was gone
 * @param verdict whether none is left
 * @param remedy what to do about a failure; null where the verdict says it all
 */
public record Cleared(
    List<SessionResult> results, Duration duration, Verdict verdict, @Nullable String remedy) {

  public boolean succeeded() {
    return verdict.status() == Verdict.Status.SUCCESS;
  }
}
