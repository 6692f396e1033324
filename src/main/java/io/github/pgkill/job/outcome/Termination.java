package io.github.pgkill.job.outcome;

import io.github.pgkill.model.GuardRefusal;
import io.github.pgkill.model.Session;
import io.github.pgkill.model.SessionResult;
import io.github.pgkill.model.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of terminating.
 *
 * @param results one entry per session that matched, in the order they were seen
 * @param victims in a dry run: the sessions that would have been terminated
 * @param statements what was executed; in a dry run, what would have been
 * @param duration until the last of the signalled sessions was gone
 * @param verdict whether the promise holds
 * @param remedy what to do about a failure; null where the verdict says it all
 */
public record Termination(
    List<SessionResult> results,
    List<Session> victims,
    List<String> statements,
    Duration duration,
    Verdict verdict,
    @Nullable String remedy) {

  /** There was nothing to do. */
  public static Termination nothing(String summary) {
    return new Termination(
        List.of(),
        List.of(),
        List.of(),
        Duration.ZERO,
        new Verdict(Verdict.Status.SUCCESS, summary, List.of()),
        null);
  }

  /** The same as part of something larger that succeeded. */
  public Termination concluding(String summary) {
    return new Termination(
        results,
        victims,
        statements,
        duration,
        new Verdict(Verdict.Status.SUCCESS, summary, verdict.remarks()),
        null);
  }

  /** The same with statements that were executed before and after its own. */
  public Termination between(List<String> before, List<String> after) {
    List<String> all = new ArrayList<>(before);
    all.addAll(statements);
    all.addAll(after);
    return new Termination(results, victims, all, duration, verdict, remedy);
  }

  /** The same dry run with more statements at its end. */
  public Termination followedBy(List<String> more) {
    List<String> all = new ArrayList<>(statements);
    all.addAll(more);
    return new Termination(results, victims, all, duration, verdict, remedy);
  }

  /** The same as part of something larger that failed. */
  public Termination failing(String summary, @Nullable String how) {
    return new Termination(
        results,
        victims,
        statements,
        duration,
        new Verdict(Verdict.Status.FAILURE, summary, verdict.remarks()),
        how);
  }

  /** The same with more to say. */
  public Termination remarking(List<String> more) {
    return new Termination(results, victims, statements, duration, verdict.with(more), remedy);
  }

  /** The same with what would mend it. */
  public Termination failingFor(GuardRefusal refusal) {
    return new Termination(
        results,
        victims,
        statements,
        duration,
        verdict.with(List.of(String.valueOf(refusal.getMessage()))),
        refusal.remedy().orElse(remedy));
  }
}
