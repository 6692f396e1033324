package io.github.pgkill.job;

import io.github.pgkill.model.ConnectionSettings;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.DialPlan;
import io.github.pgkill.model.GuardRails;
import io.github.pgkill.model.SessionFilter;
import io.github.pgkill.model.Verdict;
import io.github.pgkill.postgres.Server;
import io.github.pgkill.postgres.ServerConnector;
import io.github.pgkill.report.Console;
import io.github.pgkill.report.Journal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The goals that terminate sessions: guard, connect, guard again, terminate until quiet. */
public final class TerminateSessions {

  /**
   * What is asked for.
   *
   * @param connection where and as whom
   * @param rails what may be touched
   * @param filter which sessions
   * @param options how
   * @param failIfDatabaseMissing whether a missing database is a failure or a job already done
   */
  public record Request(
      ConnectionSettings connection,
      GuardRails rails,
      SessionFilter filter,
      TerminationOptions options,
      boolean failIfDatabaseMissing) {}

  private final Console console;
  private final Journal journal;

  public TerminateSessions(Console console, Journal journal) {
    this.console = console;
    this.journal = journal;
  }

  /** Does it. */
  public Termination run(Request request) {
    ServerGuard guard = new ServerGuard(request.rails());
    guard.checkName(request.connection());
    DialPlan plan = new HostGuard().check(request.connection(), request.rails());
    try (Server server = ServerConnector.toChange(request.connection(), plan).connect()) {
      journal.server(server.info());
      console.info(Words.connected(request.connection(), server.info()));
      int maxSessions = guard.checkServer(server.info(), plan);
      Optional<DatabaseInfo> database = target(server, request);
      if (database.isEmpty()) {
        return nothingToDo(request.connection().database());
      }
      journal.database(database.get());
      guard.checkMarker(database.get());
      return new SessionTerminator(
              server.sessions(database.get(), request.filter()),
              request.options(),
              maxSessions,
              console)
          .run();
    }
  }

  private static Optional<DatabaseInfo> target(Server server, Request request) {
    String name = request.connection().database();
    return request.failIfDatabaseMissing()
        ? Optional.of(Target.require(server, name))
        : server.findDatabase(name);
  }

  private static Termination nothingToDo(String database) {
    return new Termination(
        List.of(),
        List.of(),
        List.of(),
        Duration.ZERO,
        new Verdict(
            Verdict.Status.SUCCESS, "there is no database " + database + " to clear", List.of()),
        null);
  }
}
