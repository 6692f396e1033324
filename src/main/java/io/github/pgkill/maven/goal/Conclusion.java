package io.github.pgkill.maven.goal;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.console.SessionTable;
import io.github.pgkill.report.console.TerminationSummary;

/** Tells what came of terminating, in the log and in the report. */
final class Conclusion {

  private static final int TABLE_ROWS = 20;

  private Conclusion() {}

  /**
   * Tells it.
   *
   * @throws PgkillFailure when the promise does not hold
   */
  static void of(Termination termination, Console console, Journal journal) {
    journal.verdict(termination.verdict());
    tell(termination, console, journal);
    if (termination.verdict().status() == Verdict.Status.FAILURE) {
      throw new PgkillFailure(termination.verdict().summary(), termination.remedy());
    }
  }

  private static void tell(Termination termination, Console console, Journal journal) {
    if (!termination.victims().isEmpty()) {
      console.table(
          SessionTable.excerpt(console.width(), TABLE_ROWS)
              .lines(termination.victims(), journal.server()));
    }
    if (termination.verdict().status() == Verdict.Status.DRY_RUN) {
      termination.statements().stream().limit(TABLE_ROWS).forEach(console::info);
    }
    TerminationSummary summary =
        TerminationSummary.of(termination.results(), journal.elapsed(), console.width());
    if (!termination.results().isEmpty()) {
      console.info(summary.line());
      summary.details().forEach(console::warn);
      summary.spared().forEach(console::info);
    }
    for (String remark : termination.verdict().remarks()) {
      if (journal.isNote(remark)) {
        console.info(remark);
      } else {
        console.warn(remark);
      }
    }
    if (termination.verdict().status() != Verdict.Status.FAILURE) {
      console.verdict(termination.verdict());
    }
  }
}
