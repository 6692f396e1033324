package io.github.pgkill.job.kill;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.outcome.Cleared;
import io.github.pgkill.job.outcome.NotCleared;
import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.job.processes.ProcessKiller;
import io.github.pgkill.job.terminate.SelectSessions;
import io.github.pgkill.job.terminate.SessionTerminator;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.postgres.database.Databases;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.util.Collection;
import java.util.List;

/** Ends the selected sessions by way of their processes. */
final class KillSelected implements Phase<Selection> {

  private final ProcessKiller killer;
  private final SelectSessions selected;
  private final SessionTerminator terminator;
  private final Collection<Integer> pids;
  private final DatabaseInfo database;
  private final Admission admission;
  private final Console console;
  private final Journal journal;

  /**
   * @param pids what the user named, which must be backends of this server
   */
  KillSelected(
      ProcessKiller killer,
      SelectSessions selected,
      SessionTerminator terminator,
      Collection<Integer> pids,
      DatabaseInfo database,
      Admission admission,
      Console console) {
    this.killer = killer;
    this.selected = selected;
    this.terminator = terminator;
    this.pids = pids;
    this.database = database;
    this.admission = admission;
    this.console = console;
    this.journal = admission.journal();
  }

  @Override
  public Selection check() {
    killer.requireBackends(pids);
    killer
        .refusal(selected.victims())
        .ifPresent(
            refusal -> {
              throw refusal;
            });
    return selected.first();
  }

  @Override
  public void say(Selection first) {
    warnOfSideEffects(first);
    List<Session> victims = first.victims().stream().filter(Session::visible).toList();
    journal.results(terminator.spared(first));
    journal.listed(victims);
    victims.stream().flatMap(v -> killer.commands(v).stream()).forEach(journal::planned);
  }

  @Override
  public void run(Selection first) {
    warnOfSideEffects(first);
    Cleared cleared = terminator.runBy(killer, first);
    journal.results(cleared.results());
    cleared.verdict().remarks().forEach(journal::remark);
    if (!cleared.succeeded()) {
      throw new NotCleared(cleared.verdict().summary(), cleared.remedy());
    }
    new Databases(admission.server()).requireSame(database);
  }

  private void warnOfSideEffects(Selection first) {
    killer.sideEffects(first.victims()).ifPresent(console::warn);
  }
}
