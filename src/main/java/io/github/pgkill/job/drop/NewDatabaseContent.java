package io.github.pgkill.job.drop;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.backup.Restoration;
import io.github.pgkill.job.backup.RestoreOptions;
import io.github.pgkill.job.outcome.Cleared;
import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.job.terminate.SessionTerminator;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.database.NameHold;
import io.github.pgkill.postgres.database.UnfinishedDatabase;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a recreated database gets before it takes the old one's place: nothing, or a dump's contents
 * while hardly anybody can get in.
 */
final class NewDatabaseContent {

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final @Nullable Restoration restoration;
  private final UnfinishedDatabase unfinished;
  private final Admission admission;
  private final Console console;
  private final Journal journal;

  /**
   * Checks the dump.
   *
   * @param options the dump; null for an empty database
   */
  NewDatabaseContent(
      @Nullable RestoreOptions options,
      UnfinishedDatabase unfinished,
      Admission admission,
      Console console,
      Journal journal) {
    this.restoration =
        options == null
            ? null
            : Restoration.checked(options, unfinished.owner(), admission, console, journal);
    this.unfinished = unfinished;
    this.admission = admission;
    this.console = console;
    this.journal = journal;
  }

  void rehearse() {
    if (restoration != null) {
      restoration.rehearse(unfinished.newName());
    }
  }

  void run() {
    if (restoration == null) {
      return;
    }
    DatabaseInfo fresh =
        unfinished
            .unfinished()
            .orElseThrow(() -> new PgkillFailure(unfinished.newName() + " is gone", null));
    unfinished.openToFill();
    fill(fresh, restoration);
    unfinished.closeFilled();
    clear(fresh);
  }

  /** The tool knows the database by its name: that leads to no other one meanwhile. */
  private void fill(DatabaseInfo fresh, Restoration dump) {
    try (Server beside = admission.server().beside();
        NameHold hold = new NameHold(beside, fresh)) {
      hold.take(TIMEOUT)
          .ifPresent(
              heldUp -> {
                throw new PgkillFailure("the new database cannot be filled: " + heldUp, null);
              });
      dump.into(fresh);
    }
  }

  /** How the new database is, in a word or two. */
  String described() {
    return restoration == null ? "empty" : "from " + restoration.dump();
  }

  /** Tools that look into every database would keep it from being renamed. */
  private void clear(DatabaseInfo fresh) {
    SessionTerminator terminator =
        new SessionTerminator(
            Sessions.of(admission.server(), fresh, SessionFilter.ALL_CLIENTS),
            new TerminationOptions(TIMEOUT, null, Duration.ZERO, false, false),
            Integer.MAX_VALUE,
            console,
            journal);
    Cleared cleared = terminator.run(terminator.prepare(), true);
    if (!cleared.succeeded()) {
      throw new PgkillFailure(
          "somebody is in the new database: " + cleared.verdict().summary(), cleared.remedy());
    }
  }
}
