package io.github.pgkill.model.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether a goal kept its promise, apart from how each session ended.
 *
 * @param status the one word
 * @param summary one line that says it
 * @param remarks what the user should know besides: spared sessions that hold locks, cut texts, ...
 */
public record Verdict(Status status, String summary, List<String> remarks) {

  /** The one word of a verdict. */
  public enum Status {
    /** The promise holds; the server was asked. */
    SUCCESS,
    /** The promise does not hold and the user can act on it. */
    FAILURE,
    /** The server or the host broke. */
    ERROR,
    /** Nothing was changed because {@code dryRun} was set. */
    DRY_RUN,
    /** Something is in the way of what the goal was asked about; that is no failure of the goal. */
    BLOCKED
  }

  public Verdict {
    remarks = List.copyOf(remarks);
  }

  /** The same with more to say. */
  public Verdict with(List<String> more) {
    List<String> all = new ArrayList<>(remarks);
    all.addAll(more);
    return new Verdict(status, summary, all);
  }
}
