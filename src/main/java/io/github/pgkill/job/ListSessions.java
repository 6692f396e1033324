package io.github.pgkill.job;

import io.github.pgkill.model.ConnectionSettings;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.Session;
import io.github.pgkill.model.SessionFilter;
import io.github.pgkill.model.Verdict;
import io.github.pgkill.postgres.Candidate;
import io.github.pgkill.postgres.Server;
import io.github.pgkill.postgres.ServerConnector;
import io.github.pgkill.postgres.Sessions;
import io.github.pgkill.report.BlockingTree;
import io.github.pgkill.report.Console;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.SessionTable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Shows who is connected, what they run, and who blocks whom. Changes nothing. */
public final class ListSessions {

  /** Which sessions come first. */
  public enum Sort {
    /** The oldest session first. */
    AGE,
    /** The newest session first. */
    NEWEST
  }

  /**
   * What is asked for.
   *
   * @param connection where and as whom
   * @param filter which sessions
   * @param sort which come first
   * @param limit most rows of the table
   * @param failIfDatabaseMissing whether a missing database is a failure
   */
  public record Request(
      ConnectionSettings connection,
      SessionFilter filter,
      Sort sort,
      int limit,
      boolean failIfDatabaseMissing) {}

  private final Console console;
  private final Journal journal;

  public ListSessions(Console console, Journal journal) {
    this.console = console;
    this.journal = journal;
  }

  /** Does it. */
  public void run(Request request) {
    try (Server server = ServerConnector.toLook(request.connection()).connect()) {
      journal.server(server.info());
      console.info(Words.connected(request.connection(), server.info()));
      String name = request.connection().database();
      if (!request.failIfDatabaseMissing() && server.findDatabase(name).isEmpty()) {
        console.info("there is no database " + name);
        verdict("there is no database " + name);
        return;
      }
      list(server, Target.require(server, name), request);
    }
  }

  private void list(Server server, DatabaseInfo database, Request request) {
    journal.database(database);
    Sessions sessions = server.sessions(database, request.filter());
    sessions.checkPatterns();
    List<Session> listed = listed(sessions, request.sort());
    journal.listed(listed);
    verdict(Words.count(listed.size(), "session") + " of database " + database.name());
    show(listed, server, request.limit());
  }

  private void verdict(String summary) {
    journal.verdict(new Verdict(Verdict.Status.SUCCESS, summary, List.of()));
  }

  private static List<Session> listed(Sessions sessions, Sort sort) {
    Selection selection = Selection.of(sessions);
    selection.requireVisible(sessions);
    List<Session> listed =
        new ArrayList<>(selection.candidates().stream().map(Candidate::session).toList());
    if (sort == Sort.NEWEST) {
      Collections.reverse(listed);
    }
    return listed;
  }

  private void show(List<Session> listed, Server server, int limit) {
    if (listed.isEmpty()) {
      console.info("no session matches");
      return;
    }
    console.table(SessionTable.listing(console.width(), limit).lines(listed, server.info()));
    List<String> tree = new BlockingTree(console.width(), limit).lines(listed);
    if (!tree.isEmpty()) {
      console.info("");
      console.info("who blocks whom:");
      tree.forEach(console::info);
    }
  }
}
