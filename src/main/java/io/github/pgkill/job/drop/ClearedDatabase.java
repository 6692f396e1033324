package io.github.pgkill.job.drop;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.lockout.Closing;
import io.github.pgkill.job.lockout.LockoutScope;
import io.github.pgkill.job.lockout.LockoutScope.Need;
import io.github.pgkill.job.nodes.Replay;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.job.poolers.PoolerPause;
import io.github.pgkill.job.poolers.PoolersHeld;
import io.github.pgkill.job.poolers.PoolersQuiet;
import io.github.pgkill.job.removal.DropUntilGone;
import io.github.pgkill.job.terminate.EndSessions;
import io.github.pgkill.job.terminate.PreparedRollback;
import io.github.pgkill.job.terminate.SelectSessions;
import io.github.pgkill.job.terminate.SessionTerminator;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.database.Databases;
import io.github.pgkill.postgres.diagnose.Preflight;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A database without any session, for as long as something is done to it as a whole: closed in the
 * way that nobody gets past, all sessions ended.
 */
final class ClearedDatabase implements AutoCloseable {

  private final Admission admission;
  private final DatabaseInfo database;
  private final Console console;
  private final DropPreflight preflight;
  private final DropOptions options;
  private final SelectSessions selected;
  private final LockoutScope lockout;
  private final EndSessions ended;
  private final PreparedRollback prepared;
  private final PoolerPause poolers;

  ClearedDatabase(
      Admission admission,
      DatabaseInfo database,
      DropOptions options,
      DropPreflight preflight,
      Console console,
      Journal journal) {
    this.admission = admission;
    this.database = database;
    this.console = console;
    this.preflight = preflight;
    this.options = options;
    SessionTerminator terminator =
        new SessionTerminator(
                Sessions.of(
                    admission.nodes(),
                    database,
                    new Preflight(admission.server(), database).clientsAndWorkers()),
                options.termination(),
                admission.maxSessions(),
                console,
                journal)
            .closedEverywhere(replay("the closing"));
    boolean invalid = new Databases(admission.server()).invalid(database);
    this.poolers =
        new PoolerPause(admission, database, console, journal).expecting(options.timeout());
    this.selected = new SelectSessions(terminator);
    this.lockout =
        new LockoutScope(
                admission,
                database,
                invalid ? null : closing(options),
                Need.MUST,
                selected::first,
                console)
            .behind(poolers);
    this.ended = new EndSessions(selected, terminator, () -> true, journal);
    this.prepared =
        new PreparedRollback(admission, database, options.prepared(), true, console, journal);
    if (invalid) {
      console.warn(
          "database "
              + database.name()
              + " is invalid, left over from an interrupted DROP DATABASE: nobody can connect to"
              + " it");
    }
  }

  /** What clears it, in order. */
  List<Phase<?>> phases() {
    return List.of(
        selected,
        lockout,
        ended,
        new PoolersQuiet(poolers, options.timeout()),
        prepared,
        new PoolersHeld(poolers));
  }

  /**
   * Refuses what would be in the way of an end to the database; checked after {@link #phases}.
   *
   * @param mayBeTemplate whether the goal takes that mark off itself
   */
  void requireNothingInTheWay(boolean mayBeTemplate) {
    preflight.requireNothingInTheWay(
        options.affectReplication(), mayBeTemplate, prepared.selected());
    DropPreflight.requireNobodySpared(selected.first(), database);
  }

  /**
   * What comes last: every node has replayed the end of the database.
   *
   * @return null where there is one server
   */
  @Nullable Replay replayed() {
    Replay replay = replay("the dropping, done on the primary,");
    return replay == null ? null : replay.after(selected::first, () -> true);
  }

  private @Nullable Replay replay(String deed) {
    return admission.severalNodes()
        ? new Replay(admission.nodes(), database, deed, options.timeout(), console)
        : null;
  }

  /** Who or what is left, to continue a sentence; empty for nobody. */
  String stillThere() {
    String there = DropUntilGone.stillThere(admission, database, console);
    return there.isEmpty() ? "" : "; still there: " + there;
  }

  /** Ends those who slipped in. */
  void again() {
    ended.again();
  }

  @Override
  public void close() {
    prepared.close();
  }

  private static Closing closing(DropOptions options) {
    return new Closing(
        CloseWith.ALLOW_CONNECTIONS,
        null,
        List.of(),
        Reopen.IMMEDIATELY,
        options.timeout(),
        options.affectReplication());
  }
}
