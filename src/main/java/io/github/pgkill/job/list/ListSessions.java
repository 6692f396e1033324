package io.github.pgkill.job.list;

import io.github.pgkill.job.admission.Nodes;
import io.github.pgkill.job.admission.Target;
import io.github.pgkill.job.lockout.OpenLockouts;
import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.prepared.PreparedTransaction;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerConnector;
import io.github.pgkill.postgres.prepared.PreparedCandidate;
import io.github.pgkill.postgres.prepared.PreparedTransactions;
import io.github.pgkill.postgres.sessions.Candidate;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.Wording;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Shows who is connected, what they run, and who blocks whom, once or again and again. Changes
 * nothing.
 */
public final class ListSessions {

  /** How sessions are shown. */
  public enum Format {
    /** Lines of a table, then who blocks whom. */
    TABLE,
    /** The report's own document. */
    JSON,
    /** RFC 4180 with a header. */
    CSV
  }

  /**
   * How long to look again and again.
   *
   * @param every from one look to the next
   * @param until no look begins later than this after the first
   */
  public record Watch(Duration every, Duration until) {}

  /**
   * How to show them.
   *
   * @param format as what
   * @param order which come first
   * @param rows most rows of a table and of CSV
   * @param output where to; null for the log
   */
  public record Display(Format format, SessionOrder order, int rows, @Nullable Path output) {}

  /**
   * What is asked for.
   *
   * @param connection where and as whom
   * @param filter which sessions
   * @param display how to show them
   * @param watch how often; null for once
   * @param failIfAny whether a session that matches is a failure
   * @param failIfDatabaseMissing whether a missing database is a failure
   */
  public record Request(
      ConnectionSettings connection,
      SessionFilter filter,
      Display display,
      @Nullable Watch watch,
      boolean failIfAny,
      boolean failIfDatabaseMissing) {}

  private final Console console;
  private final Journal journal;

  public ListSessions(Console console, Journal journal) {
    this.console = console;
    this.journal = journal;
  }

  /**
   * Shows them, as often as was asked for.
   *
   * @throws PgkillFailure when sessions match and none may
   */
  public void run(Request request) {
    try (Server server =
        ServerConnector.toLook(request.connection()).telling(console::info).connect()) {
      journal.server(server.info());
      console.info(Wording.connected(request.connection(), server.info()));
      String name = request.connection().database();
      if (!request.failIfDatabaseMissing() && server.findDatabase(name).isEmpty()) {
        String missing = Wording.noDatabase(name, "look at");
        console.info(missing);
        journal.verdict(new Verdict(Verdict.Status.SUCCESS, missing, List.of()));
        return;
      }
      DatabaseInfo database = Target.require(server, name);
      journal.database(database);
      List<Server> nodes = nodes(server, request.connection());
      try {
        Sessions sessions = Sessions.of(nodes, database, request.filter());
        sessions.checkPatterns();
        repeat(nodes, sessions, request);
      } finally {
        Nodes.close(nodes);
      }
    }
  }

  private static List<Server> nodes(Server server, ConnectionSettings settings) {
    return Nodes.of(
        settings,
        server,
        host -> ServerConnector.toLook(settings.withHosts(List.of(host))).connect());
  }

  private void repeat(List<Server> nodes, Sessions sessions, Request request) {
    ListingView view = new ListingView(request.display(), console, journal);
    Watch watch = request.watch();
    Stopwatch since = new Stopwatch();
    Duration next = Duration.ZERO;
    for (int look = 1; ; look++) {
      Listing listing = look(nodes, sessions, request.display());
      Optional<PgkillFailure> failure = judge(listing, sessions.database(), request.failIfAny());
      view.show(listing, watch == null ? 0 : look);
      if (failure.isPresent()) {
        throw failure.get();
      }
      if (watch == null) {
        return;
      }
      // a look that took longer than the interval is not made up for
      next = longer(next.plus(watch.every()), since.elapsed());
      if (next.compareTo(watch.until()) > 0) {
        return;
      }
      Pause.of(next.minus(since.elapsed()));
    }
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) >= 0 ? one : other;
  }

  private Listing look(List<Server> nodes, Sessions sessions, Display display) {
    Server server = nodes.get(0);
    Selection selection = Selection.of(sessions);
    selection.requireVisible(sessions);
    List<Session> listed =
        display.order().sorted(selection.candidates().stream().map(Candidate::session).toList());
    List<PreparedTransaction> prepared =
        new PreparedTransactions(server, sessions.database())
            .look(null).stream().map(PreparedCandidate::transaction).toList();
    OpenLockouts lockouts = new OpenLockouts(server);
    Optional<Blocker> own = lockouts.of(sessions.database());
    journal.listed(listed);
    journal.prepared(prepared);
    journal.blockers(own.stream().toList());
    List<String> closed = new ArrayList<>(own.map(Blocker::what).stream().toList());
    closed.addAll(lockouts.elsewhere(sessions.database()));
    return new Listing(
        ConnectionWords.of(server, sessions.database()),
        listed,
        prepared,
        closed,
        Nodes.unseen(nodes));
  }

  private Optional<PgkillFailure> judge(
      Listing listing, DatabaseInfo database, boolean noneExpected) {
    String count = Wording.count(listing.sessions().size(), "session");
    if (!noneExpected || listing.sessions().isEmpty()) {
      journal.verdict(
          new Verdict(
              Verdict.Status.SUCCESS, count + " of database " + database.name(), listing.notes()));
      return Optional.empty();
    }
    String summary =
        count
            + " of database "
            + database.name()
            + " where none is expected (failIfAny): "
            + Wording.sessions(listing.sessions());
    String remedy = "Let them end, end them (mvn pgkill:terminate), or narrow the filters.";
    journal.verdict(
        new Verdict(Verdict.Status.FAILURE, summary, List.of(remedy)).with(listing.notes()));
    return Optional.of(new PgkillFailure(summary, remedy));
  }
}
