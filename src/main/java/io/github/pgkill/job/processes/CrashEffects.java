package io.github.pgkill.job.processes;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.model.failure.AnotherServer;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.instance.AllSessions;
import io.github.pgkill.postgres.instance.ServerProcesses;
import io.github.pgkill.report.text.Wording;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a KILL does beside ending its victim: the server ends every session of every database, and
 * empties unlogged tables when it recovers.
 */
public final class CrashEffects {

  /** To look into more databases than this would take longer than it is worth. */
  private static final int DATABASES = 50;

  private static final int NAMED = 10;

  private final Admission admission;
  private final List<String> emptied = new ArrayList<>();
  private final List<String> unseen = new ArrayList<>();

  /** Our own looks into databases, which the server may show for a moment after they ended. */
  private final Set<SessionId> looks = new HashSet<>();

  private CrashEffects(Admission admission) {
    this.admission = admission;
  }

  /** Looks for unlogged tables, in every database that lets us in. */
  public static CrashEffects foresee(Admission admission, String target) {
    CrashEffects effects = new CrashEffects(admission);
    List<String> databases =
        new ArrayList<>(new ServerProcesses(admission.server()).databasesToVisit());
    if (databases.remove(target)) {
      databases.add(0, target);
    } else {
      effects.unseen.add(target);
    }
    databases.stream().limit(DATABASES).forEach(effects::lookInto);
    databases.stream().skip(DATABASES).forEach(effects.unseen::add);
    return effects;
  }

  private void lookInto(String database) {
    try (Server server = admission.into(database)) {
      looks.add(server.info().self());
      new ServerProcesses(server)
          .unloggedTables().stream()
              .map(table -> table + " of database " + database)
              .forEach(emptied::add);
    } catch (AnotherServer e) {
      throw e;
    } catch (PgkillException e) {
      // that it could not be looked into is what the user is told
      unseen.add(database);
    }
  }

  /** The sessions that it would end beside those. */
  List<Session> others(Collection<Session> victims) {
    Set<SessionId> chosen = new HashSet<>(looks);
    victims.stream().flatMap(s -> s.id().stream()).forEach(chosen::add);
    return new AllSessions(admission.server())
        .sessions().stream()
            .filter(session -> session.id().map(id -> !chosen.contains(id)).orElse(true))
            .toList();
  }

  /** Why it may not be done without the user's consent; empty when it hits nothing else. */
  Optional<GuardRefusal> refusal(Collection<Session> victims) {
    List<Session> others = others(victims);
    if (others.isEmpty() && emptied.isEmpty() && unseen.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new GuardRefusal(
            words(others) + "; KILL was not sent",
            "If that is acceptable, add -Dpgkill.affectOtherSessions=true; -Dpgkill.signal=TERM"
                + " ends nobody else."));
  }

  /** In one line what it does. */
  String words(List<Session> others) {
    StringBuilder words =
        new StringBuilder("KILL makes the server end every session and recover: ");
    words.append(
        others.isEmpty()
            ? "no session is there that was not selected"
            : Wording.count(others.size(), "session", "that was", "that were")
                + " not selected would end ("
                + Wording.sessionsAnywhere(others)
                + ")");
    return words.append(unloggedWords()).toString();
  }

  /** Whether there are tables that it empties. */
  public boolean empties() {
    return !emptied.isEmpty();
  }

  /** Which tables it empties, as the rest of a sentence; empty when there are none. */
  public String unloggedWords() {
    return (emptied.isEmpty() ? "" : "; unlogged tables will be empty: " + named(emptied))
        + (unseen.isEmpty() ? "" : "; unlogged tables could not be looked for in " + named(unseen));
  }

  private static String named(List<String> names) {
    return Wording.firstOf(names, NAMED);
  }
}
