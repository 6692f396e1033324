package io.github.pgkill.job.drop;

import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.database.Creation;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.time.Duration;

/** Gives the new database the name that no database had, in one transaction. */
final class NewName implements Phase<Creation> {

  private static final Duration AGAIN = Duration.ofMillis(100);

  private final Server server;
  private final NewDatabase<Creation> fresh;
  private final Duration timeout;
  private final Console console;
  private final Journal journal;

  NewName(
      Server server,
      NewDatabase<Creation> fresh,
      Duration timeout,
      Console console,
      Journal journal) {
    this.server = server;
    this.fresh = fresh;
    this.timeout = timeout;
    this.console = console;
    this.journal = journal;
  }

  /** While the new one was built, somebody may have taken the name. */
  @Override
  public Creation check() {
    String name = fresh.database().name();
    if (server.findDatabase(name).isPresent()) {
      throw new PgkillFailure(
          "somebody else has created database " + name + " meanwhile; it is left as it is",
          "Run the goal again, which then replaces that one.");
    }
    return fresh.fresh();
  }

  @Override
  public void say(Creation creation) {
    creation.placing().forEach(journal::planned);
  }

  @Override
  public void run(Creation creation) {
    new Placing(timeout, console)
        .run(
            creation,
            "the new database to " + fresh.database().name(),
            "its name",
            () -> Pause.of(AGAIN),
            () -> "");
    creation.placing().forEach(journal::executed);
    journal.database(creation.named());
  }

  /** From now on the new database is not to be discarded. */
  @Override
  public boolean isPointOfNoReturn() {
    return true;
  }
}
