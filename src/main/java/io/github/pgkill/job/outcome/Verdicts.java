package io.github.pgkill.job.outcome;

import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.report.Verdict.Status;
import io.github.pgkill.model.sessions.BackendTypes;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.report.text.Wording;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Judges whether the promise of terminating holds: nobody selected is left, whatever the reason,
 * and nobody came back.
 */
public final class Verdicts {

  /** What mends that sessions come back. */
  public static final String KEEP_OUT =
      "Stop the program that reconnects (its pool, its scheduler), let the build log in with a role"
          + " of its own, or let pgkill:terminate watch over the build with"
          + " -Dpgkill.keepClear=true.";

  private final String database;
  private final TerminationOptions options;

  public Verdicts(String database, TerminationOptions options) {
    this.database = database;
    this.options = options;
  }

  /** The line that stands for a dry run's verdict. */
  public String rehearsed(int victims) {
    return "dry run: would terminate "
        + Wording.count(victims, "session")
        + " of database "
        + database
        + "; nothing was changed";
  }

  /**
   * The verdict on a finished job.
   *
   * @param quiet whether nobody came back for the quiet period
   * @param quietPeriod that period
   * @param newcomers how many identities appeared after the first selection
   * @param unlisted how many of those are gone and not in the results, being too many
   */
  public Verdict of(
      List<SessionResult> results,
      boolean quiet,
      Duration quietPeriod,
      int newcomers,
      int unlisted) {
    List<SessionResult> left = results.stream().filter(Verdicts::left).toList();
    if (!left.isEmpty()) {
      return new Verdict(
          Status.FAILURE,
          Wording.count(left.size(), "selected session")
              + " of database "
              + database
              + Wording.agree(left.size(), " is", " are")
              + " still there: "
              + Wording.sessions(left.stream().map(SessionResult::session).toList()),
          remarks(results, unlisted));
    }
    if (!quiet) {
      return new Verdict(
          Status.FAILURE,
          "sessions keep coming back to database "
              + database
              + ": "
              + Wording.count(newcomers, "newcomer")
              + " within "
              + Durations.format(options.timeout()),
          remarks(results, unlisted));
    }
    return new Verdict(Status.SUCCESS, clear(results, quietPeriod), remarks(results, unlisted));
  }

  /** What mends the failure. */
  public static @Nullable String remedy(List<SessionResult> results, boolean quiet) {
    Optional<String> grant =
        results.stream()
            .map(r -> r.outcome() instanceof Outcome.Refused refused ? refused.remedy() : null)
            .filter(Objects::nonNull)
            .findFirst();
    if (grant.isPresent()) {
      return grant.get();
    }
    if (results.stream().anyMatch(result -> result.outcome() instanceof Outcome.Survived)) {
      return "They got the signal and did not end: raise -Dpgkill.timeout, or look at the processes"
          + " on the server's host. If that is this machine, pgkill:kill-processes can end them"
          + " with -Dpgkill.signal=KILL, and the terminating goals with"
          + " -Dpgkill.escalate=kill-processes as well.";
    }
    return quiet ? null : KEEP_OUT;
  }

  /** What stands for the verdict where somebody is there again once the database is open. */
  public Optional<String> cameBack(List<Session> back) {
    return back.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "the selected sessions of database "
                + database
                + " were gone while it was closed; since it is open again, "
                + Wording.count(back.size(), "session", "is", "are")
                + " back: "
                + Wording.sessions(back));
  }

  private String clear(List<SessionResult> results, Duration quietPeriod) {
    boolean touched = results.stream().anyMatch(result -> result.outcome().ended());
    if (touched && options.newcomers() == TerminationOptions.Newcomers.WATCHED) {
      return "none of the selected sessions of database "
          + database
          + " is left; a session that comes back is terminated as soon as it blocks this build";
    }
    return touched
        ? "none of the selected sessions of database "
            + database
            + " is left, none came back within "
            + Durations.format(quietPeriod)
        : "no session of database " + database + " to terminate";
  }

  /** Whether it is still there although it was selected. */
  public static boolean left(SessionResult result) {
    return result.outcome() instanceof Outcome.Refused
        || result.outcome() instanceof Outcome.Survived;
  }

  private static List<String> remarks(List<SessionResult> results, int unlisted) {
    List<String> remarks = new ArrayList<>();
    List<SessionResult> spared =
        results.stream()
            .filter(result -> result.outcome() instanceof Outcome.Excluded && result.holdsLocks())
            .toList();
    if (!spared.isEmpty()) {
      remarks.add(
          Wording.count(spared.size(), "spared session", "holds", "hold")
              + " locks in the database and may still be in the way: "
              + Wording.sessions(spared.stream().map(SessionResult::session).toList()));
    }
    List<Session> workers =
        results.stream()
            .filter(result -> result.outcome().ended())
            .map(SessionResult::session)
            .filter(session -> BackendTypes.isExtensions(session.backendType()))
            .toList();
    if (!workers.isEmpty()) {
      remarks.add(
          Wording.count(workers.size(), "background worker")
              + " of an extension ended that may not be back before the server is restarted: "
              + Wording.sessions(workers));
    }
    if (unlisted > 0) {
      remarks.add(
          Wording.count(unlisted, "more newcomer", "came and is", "came and are")
              + " gone, not listed here");
    }
    return remarks;
  }
}
