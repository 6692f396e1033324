package io.github.pgkill.job.drop;

import io.github.pgkill.job.diagnose.DatabaseBlockers;
import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.job.phases.Nothing;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.diagnose.Blocker.Kind;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.prepared.PreparedTransaction;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Exclusion;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.diagnose.Abilities;
import io.github.pgkill.postgres.diagnose.Obstacle;
import io.github.pgkill.postgres.diagnose.Preflight;
import io.github.pgkill.postgres.sessions.Candidate;
import io.github.pgkill.report.text.Wording;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Refuses to drop a database that could not be dropped, or not without harm, before it begins. */
final class DropPreflight implements Phase<Nothing> {

  private final Server server;
  private final DatabaseInfo database;
  private final boolean makesNew;
  private final DatabaseBlockers blockers;

  /**
   * @param makesNew whether another one is to take its place
   */
  DropPreflight(Server server, DatabaseInfo database, boolean makesNew) {
    this.server = server;
    this.database = database;
    this.makesNew = makesNew;
    this.blockers = new DatabaseBlockers(server, database, Intent.DROP);
  }

  @Override
  public Nothing check() {
    requireOwner();
    if (makesNew) {
      requireCreator();
    }
    return Nothing.NOTHING;
  }

  @Override
  public void run(Nothing plan) {
    // only refuses
  }

  /** Only its owner may drop a database, or a superuser. */
  private void requireOwner() {
    List<Abilities> may = new Preflight(server, database).abilities();
    if (!may.isEmpty()) {
      blockers.privilege(may.get(0)).ifPresent(DropPreflight::refuse);
    }
    if (server.info().systemIdentifier() == null) {
      throw new PgkillFailure(
          "this role may not ask for the server's system identifier, without which the database"
              + " cannot be closed first",
          "GRANT EXECUTE ON FUNCTION pg_control_system() TO the role.");
    }
  }

  /** Who may not create databases cannot put a new one in the place of the old. */
  private void requireCreator() {
    Preflight preflight = new Preflight(server, database);
    List<Abilities> may = preflight.abilities();
    if (!may.isEmpty() && !may.get(0).superuser() && !may.get(0).createsDatabases()) {
      throw new PgkillFailure(
          "role " + server.info().role() + " may not create databases; nothing was touched",
          preflight.allowCreating());
    }
  }

  /**
   * What besides sessions stops the server, with the statement that removes it.
   *
   * @param affectReplication consent to lose the slots that would vanish with the database
   * @param mayBeTemplate whether the goal takes that mark off itself
   * @param rolledBack prepared transactions that the goal rolls back itself
   */
  void requireNothingInTheWay(
      boolean affectReplication, boolean mayBeTemplate, List<PreparedTransaction> rolledBack) {
    List<Obstacle> obstacles = blockers.obstacles();
    List<Blocker> stopping =
        obstacles.stream()
            .filter(obstacle -> !isAmong(rolledBack, obstacle.prepared()))
            .map(Obstacle::blocker)
            .filter(Blocker::stops)
            .filter(obstacle -> !mayBeTemplate || obstacle.kind() != Kind.TEMPLATE)
            .toList();
    if (!stopping.isEmpty()) {
      throw new PgkillFailure(
          "database "
              + database.name()
              + " cannot be dropped: "
              + stopping.stream().map(Blocker::what).collect(Collectors.joining("; ")),
          Wording.agree(stopping.size(), "Remove it first: ", "Remove these first: ")
              + stopping.stream().map(Blocker::remedy).collect(Collectors.joining(" ")));
    }
    List<Blocker> slots =
        obstacles.stream()
            .map(Obstacle::blocker)
            .filter(obstacle -> obstacle.kind() == Kind.REPLICATION_SLOT)
            .toList();
    if (!slots.isEmpty() && !affectReplication) {
      throw new PgkillFailure(
          "dropping database "
              + database.name()
              + " would also drop "
              + slots.stream().map(Blocker::what).collect(Collectors.joining(", "))
              + Wording.agree(
                  slots.size(),
                  ", and its consumer would lose its place",
                  ", and their consumers would lose their places"),
          "If that may be, add -Dpgkill.affectReplication=true");
    }
  }

  private static boolean isAmong(
      List<PreparedTransaction> rolledBack, @Nullable PreparedTransaction prepared) {
    return prepared != null && rolledBack.stream().anyMatch(prepared::is);
  }

  private static void refuse(Blocker privilege) {
    Refusal refusal = privilege.refusal();
    throw new PgkillFailure(privilege.what(), refusal == null ? null : refusal.words());
  }

  /** A session that is always spared would be in the way until it ends by itself. */
  static void requireNobodySpared(Selection selection, DatabaseInfo database) {
    List<Candidate> spared =
        selection.candidates().stream().filter(candidate -> !candidate.selected()).toList();
    if (spared.isEmpty()) {
      return;
    }
    List<Session> sessions = spared.stream().map(Candidate::session).toList();
    Set<String> rules =
        spared.stream()
            .flatMap(candidate -> Stream.ofNullable(candidate.excludedBy()))
            .map(Exclusion::words)
            .collect(Collectors.toSet());
    throw new PgkillFailure(
        Wording.count(sessions.size(), "session")
            + " of database "
            + database.name()
            + " must not be ended ("
            + String.join(", ", rules)
            + "): "
            + Wording.sessions(sessions),
        Wording.agree(
            sessions.size(),
            "Wait until it has ended by itself.",
            "Wait until they have ended by themselves."));
  }
}
