package io.github.pgkill.job.terminate;

import io.github.pgkill.job.outcome.Cleared;
import io.github.pgkill.job.outcome.NotCleared;
import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.job.outcome.Verdicts;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.Journal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** Terminates the chosen sessions until none is left and none comes back. */
public final class EndSessions implements Phase<Selection> {

  private final SelectSessions selected;
  private final SessionTerminator terminator;
  private final BooleanSupplier closed;
  private final Journal journal;
  private String summary = "";

  /**
   * @param closed whether the database is closed to new connections by then
   */
  public EndSessions(
      SelectSessions selected,
      SessionTerminator terminator,
      BooleanSupplier closed,
      Journal journal) {
    this.selected = selected;
    this.terminator = terminator;
    this.closed = closed;
    this.journal = journal;
  }

  @Override
  public Selection check() {
    return selected.first();
  }

  @Override
  public void say(Selection first) {
    Map<Session, Refusal> refused = terminator.outOfReach(first);
    List<Session> victims = new ArrayList<>(first.victims());
    victims.removeIf(session -> !session.visible() || refused.containsKey(session));
    victims.stream()
        .flatMap(victim -> victim.id().stream())
        .map(Sessions::statement)
        .forEach(journal::planned);
    summary = terminator.wouldTerminate(victims.size());
    if (!refused.isEmpty()) {
      throw OutOfReach.inADryRun(summary, first, refused, journal);
    }
    journal.results(terminator.spared(first));
    journal.listed(victims);
  }

  @Override
  public void run(Selection first) {
    require(terminator.run(first, closed.getAsBoolean()));
  }

  /**
   * Ends those who slipped in since, by the same rules.
   *
   * @throws NotCleared when one of them is left
   */
  public void again() {
    require(terminator.again());
  }

  private void require(Cleared cleared) {
    journal.results(cleared.results());
    cleared.verdict().remarks().forEach(journal::remark);
    if (!cleared.succeeded()) {
      throw new NotCleared(cleared.verdict().summary(), cleared.remedy());
    }
    summary = cleared.verdict().summary();
  }

  /** Looks once more when the database is open again: who is back by then is said instead. */
  void lookAgain() {
    terminator
        .cameBack()
        .ifPresent(
            words -> {
              summary = words;
              journal.remark(Verdicts.KEEP_OUT);
            });
  }

  /** What came of it, or of a dry run, in a line. */
  public String summary() {
    return summary;
  }
}
