package io.github.pgkill.job.terminate;

import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.model.sessions.Session;
import java.util.List;
import java.util.Set;

/** Chooses who is to end, and refuses what must be refused before anybody is touched. */
public final class SelectSessions implements Phase<Selection> {

  private final SessionTerminator terminator;
  private Selection first = new Selection(Set.of(), List.of());

  public SelectSessions(SessionTerminator terminator) {
    this.terminator = terminator;
  }

  @Override
  public Selection check() {
    first = terminator.prepare();
    return first;
  }

  @Override
  public void run(Selection plan) {
    // choosing changes nothing
  }

  /** What the last check found, for the phases after this one. */
  public Selection first() {
    return first;
  }

  public List<Session> victims() {
    return first.victims();
  }
}
