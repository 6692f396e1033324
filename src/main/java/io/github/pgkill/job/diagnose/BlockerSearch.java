package io.github.pgkill.job.diagnose;

import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.diagnose.Abilities;
import io.github.pgkill.postgres.diagnose.Preflight;
import io.github.pgkill.report.console.Console;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds everything that is in the way of what somebody intends to do with a database. Changes
 * nothing; connects to the database itself for a moment, where that lets us in, because the names
 * of its tables and Liquibase's lock can be seen only there.
 */
public final class BlockerSearch {

  /**
   * What was found.
   *
   * @param blockers what stops it and what only should be known, in this order
   * @param sessions the processes that were connected to the database
   * @param may what our role may do; null when the database is gone meanwhile
   * @param notes what could not be found out
   */
  public record Found(
      List<Blocker> blockers, List<Session> sessions, @Nullable Abilities may, List<String> notes) {

    public List<Blocker> stopping() {
      return blockers.stream().filter(Blocker::stops).toList();
    }
  }

  private final Server server;
  private final DatabaseInfo database;
  private final Intent intent;
  private final SessionFilter filter;
  private final Console console;
  private final List<String> notes = new ArrayList<>();
  private @Nullable String unreachable;

  public BlockerSearch(
      Server server, DatabaseInfo database, Intent intent, SessionFilter filter, Console console) {
    this.server = server;
    this.database = database;
    this.intent = intent;
    this.filter = filter;
    this.console = console;
  }

  /** Looks once. */
  public Found find() {
    List<Abilities> asked = new Preflight(server, database).abilities();
    if (asked.isEmpty()) {
      return new Found(List.of(), List.of(), null, List.of());
    }
    Abilities may = asked.get(0);
    if (server.info().connectedTo().equals(database.name())) {
      return find(may, server);
    }
    Server inside = inside(may);
    if (inside == null) {
      return find(may, null);
    }
    try (inside) {
      return find(may, inside);
    }
  }

  private @Nullable Server inside(Abilities may) {
    if (may.invalid()) {
      return unreachable("it is invalid");
    }
    if (!may.allowsConnections()) {
      return unreachable("it does not accept connections");
    }
    try {
      return server.inside(database);
    } catch (PgkillException e) {
      return unreachable(String.valueOf(e.getMessage()));
    }
  }

  private @Nullable Server unreachable(String why) {
    unreachable = why;
    notes.add(
        "database "
            + database.name()
            + " could not be looked into ("
            + why
            + "), so that names of its tables and Liquibase's lock are not known");
    return null;
  }

  private Found find(Abilities may, @Nullable Server inside) {
    LocksFound locks = LocksFound.in(inside == null ? server : inside, database);
    DatabaseBlockers whole = new DatabaseBlockers(server, database, intent);
    SessionBlockers sessions = new SessionBlockers(server, database, intent, filter, locks);
    ServerBlockers anywhere = new ServerBlockers(server, database, intent, console);
    List<Blocker> found = new ArrayList<>();
    whole.privilege(may).ifPresent(found::add);
    found.addAll(whole.state(may, unreachable));
    found.addAll(whole.obstacles(locks));
    found.addAll(sessions.find());
    MigrationBlockers migrations = new MigrationBlockers(server, database, intent, sessions.seen());
    found.addAll(migrations.flyway());
    if (inside != null) {
      found.addAll(migrations.liquibase(inside, notes));
    }
    found.addAll(anywhere.baseBackups());
    found.addAll(anywhere.logins(may));
    found.addAll(anywhere.stopped(notes));
    found.addAll(anywhere.elsewhere());
    return new Found(stoppingFirst(found), List.copyOf(sessions.seen()), may, List.copyOf(notes));
  }

  private static List<Blocker> stoppingFirst(List<Blocker> found) {
    List<Blocker> sorted = new ArrayList<>(found.stream().filter(Blocker::stops).toList());
    found.stream().filter(blocker -> !blocker.stops()).forEach(sorted::add);
    return sorted;
  }
}
