package io.github.pgkill.job.restart;

import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.instance.AllSessions;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.text.Wording;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The sessions that a restart ends, of all databases.
 *
 * @param selected the sessions that the filters match
 * @param others all that they do not match
 * @param backups those of the others that are backups, in words
 */
record AffectedSessions(List<Session> selected, List<Session> others, List<String> backups) {

  private static final String OUTSIDE = "no database";

  static AffectedSessions of(Server server, Sessions sessions) {
    sessions.checkPatterns();
    Selection selection = Selection.of(sessions);
    selection.requireVisible(sessions);
    List<Session> selected = selection.victims();
    Set<Object> known =
        selected.stream().map(AffectedSessions::identity).collect(Collectors.toSet());
    AllSessions everybody = new AllSessions(server);
    List<Session> others =
        everybody.sessions().stream().filter(s -> !known.contains(identity(s))).toList();
    return new AffectedSessions(selected, others, backups(everybody, others));
  }

  List<Session> all() {
    List<Session> all = new ArrayList<>(selected);
    all.addAll(others);
    return all;
  }

  /**
   * Refuses what no consent covers: too many sessions, and those of protected databases.
   *
   * @param most how many sessions may be ended
   */
  void requireAllowed(Server server, GuardRails rails, DatabaseInfo target, int most) {
    if (all().size() > most) {
      throw new GuardRefusal(
          "the restart would end "
              + Wording.count(all().size(), "session")
              + ", more than maxSessions allows ("
              + most
              + "); nothing was touched",
          "If that is meant, allow them: -Dpgkill.maxSessions=" + all().size());
    }
    byDatabase().keySet().stream()
        .filter(name -> !name.equals(target.name()) && !rails.allowProtected().contains(name))
        .forEach(name -> requireUnprotected(server, rails, name));
  }

  private void requireUnprotected(Server server, GuardRails rails, String name) {
    boolean listed = rails.protectedDatabases().contains(name);
    boolean marked =
        server.findDatabase(name).filter(found -> found.protectedBy() != null).isPresent();
    if (listed || marked) {
      throw new GuardRefusal(
          "the restart would end sessions of database "
              + name
              + ", which is protected: "
              + Wording.sessions(byDatabase().getOrDefault(name, List.of())),
          "End them yourself, or, if this build may, add -Dpgkill.allowProtected=" + name);
    }
  }

  /** Whether it ends more than was selected. */
  boolean needsConsent() {
    return !others.isEmpty() || !backups.isEmpty();
  }

  /** Refuses to end anybody who was not selected without the user's consent. */
  void requireConsent(boolean given) {
    if (given || !needsConsent()) {
      return;
    }
    throw new PgkillFailure(
        "the restart would also end what was not selected: " + words() + "; nothing was touched",
        "Wait for them or end them, or consent: -Dpgkill.affectOtherSessions");
  }

  /** Those who were not selected, by database, and the backups among them. */
  String words() {
    List<String> parts = new ArrayList<>();
    byDatabase()
        .forEach(
            (database, hit) ->
                parts.add(
                    Wording.count(hit.size(), "session")
                        + (database.equals(OUTSIDE) ? " of " : " of database ")
                        + database
                        + " ("
                        + Wording.sessions(hit)
                        + ")"));
    parts.addAll(backups);
    return String.join("; ", parts);
  }

  private Map<String, List<Session>> byDatabase() {
    Map<String, List<Session>> databases = new LinkedHashMap<>();
    for (Session session : others) {
      String database = session.database() == null ? OUTSIDE : session.database();
      databases.computeIfAbsent(database, d -> new ArrayList<>()).add(session);
    }
    return databases;
  }

  private static List<String> backups(AllSessions everybody, List<Session> others) {
    List<String> backups = new ArrayList<>();
    Set<Integer> base = everybody.baseBackups();
    for (Session session : others) {
      if (base.contains(session.pid())) {
        backups.add("a base backup is running (pid " + session.pid() + ")");
      } else if (session.applicationName().matches("pg_dump|pg_dumpall")) {
        backups.add(session.applicationName() + " is running (pid " + session.pid() + ")");
      }
    }
    if (everybody.exclusiveBackup()) {
      backups.add("an exclusive backup is running (pg_start_backup)");
    }
    return backups;
  }

  private static Object identity(Session session) {
    return session.id().<Object>map(id -> id).orElse(session.pid());
  }
}
