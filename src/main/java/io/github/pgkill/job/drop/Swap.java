package io.github.pgkill.job.drop;

import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.database.Recreation;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import java.util.Optional;

/** Lets the new database and the old one change places, in one transaction. */
final class Swap implements Phase<Recreation> {

  /** How long one attempt waits for a lock before it tells for whom. */
  private static final Duration LOCK = Duration.ofSeconds(1);

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
    recreation.swapping().forEach(journal::planned);
  }

  @Override
  public void run(Recreation recreation) {
    Stopwatch watch = new Stopwatch();
    String said = "";
    Optional<String> heldUp = recreation.swap(LOCK);
    while (heldUp.isPresent()) {
      if (watch.elapsed().compareTo(timeout) > 0) {
        throw new PgkillFailure(
            "the server would not rename database "
                + database.name()
                + " within "
                + Durations.format(timeout)
                + ": "
                + heldUp.get()
                + cleared.stillThere(),
            "Remove what the server names, or raise -Dpgkill.timeout.");
      }
      if (!said.equals(heldUp.get())) {
        console.info("the new database has to wait for its place: " + heldUp.get());
      }
      said = heldUp.get();
      cleared.again();
      heldUp = recreation.swap(LOCK);
    }
    recreation.swapping().forEach(journal::executed);
    console.info("the new database has taken the place of the old one");
  }

  /** From now on the old database's lockout and the new one are not to be undone. */
  @Override
  public boolean isPointOfNoReturn() {
    return true;
  }
}
