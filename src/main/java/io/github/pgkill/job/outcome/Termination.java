package io.github.pgkill.job.outcome;

import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.report.Journal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a goal that ends sessions came to.
 *
 * @param results one entry per session that matched, in the order they were seen
 * @param victims in a dry run: the sessions that would have been terminated
 * @param statements what was executed; in a dry run, what would have been
 * @param verdict whether the promise holds
 * @param remedy what to do about a failure; null where the verdict says it all
 */
public record Termination(
    List<SessionResult> results,
    List<Session> victims,
    List<String> statements,
    Verdict verdict,
    @Nullable String remedy) {

  /** There was nothing to do. */
  public static Termination nothing(String summary) {
    return new Termination(
        List.of(),
        List.of(),
        List.of(),
        new Verdict(Verdict.Status.SUCCESS, summary, List.of()),
        null);
  }

  /** What the journal knows, judged. */
  public static Termination of(Journal journal, Verdict.Status status, String summary) {
    return of(journal, status, summary, null);
  }

  /** A failure that leaves something to be told: what became of the sessions. */
  public static Termination failed(Journal journal, NotCleared failure) {
    return of(
        journal,
        Verdict.Status.FAILURE,
        String.valueOf(failure.getMessage()),
        failure.remedy().orElse(null));
  }

  private static Termination of(
      Journal journal, Verdict.Status status, String summary, @Nullable String remedy) {
    return new Termination(
        journal.results(),
        journal.listed(),
        journal.statements(),
        new Verdict(status, summary, journal.remarks()),
        remedy);
  }
}
