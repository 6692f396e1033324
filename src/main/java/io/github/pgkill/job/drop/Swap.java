package io.github.pgkill.job.drop;

import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.database.Recreation;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.time.Duration;

/** Lets the new database and the old one change places, in one transaction. */
final class Swap implements Phase<Recreation> {

  private final NewDatabase<Recreation> fresh;
  private final ClearedDatabase cleared;
  private final DatabaseInfo database;
  private final Duration timeout;
  private final Console console;
  private final Journal journal;

  Swap(
      NewDatabase<Recreation> fresh,
      ClearedDatabase cleared,
      DatabaseInfo database,
      Duration timeout,
      Console console,
      Journal journal) {
    this.fresh = fresh;
    this.cleared = cleared;
    this.database = database;
    this.timeout = timeout;
    this.console = console;
    this.journal = journal;
  }

  @Override
  public Recreation check() {
    cleared.requireNothingInTheWay(true);
    return fresh.fresh();
  }

  @Override
  public void say(Recreation recreation) {
    recreation.placing().forEach(journal::planned);
  }

  @Override
  public void run(Recreation recreation) {
    new Placing(timeout, console)
        .run(
            recreation,
            "database " + database.name(),
            "its place",
            cleared::again,
            cleared::stillThere);
    recreation.placing().forEach(journal::executed);
    console.info("the new database has taken the place of the old one");
  }

  /** From now on the old database's lockout and the new one are not to be undone. */
  @Override
  public boolean isPointOfNoReturn() {
    return true;
  }
}
