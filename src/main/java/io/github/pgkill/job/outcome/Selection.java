package io.github.pgkill.job.outcome;

import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.sessions.Backend;
import io.github.pgkill.model.sessions.Exclusion;
import io.github.pgkill.model.sessions.ListedSession;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.postgres.sessions.Candidate;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.text.Wording;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One look at the database: who matched, and who was logging in a moment before.
 *
 * @param loggingIn processes of clients that had no session yet, or none with a name; the former
 *     asked first, so that a client is in at least one of the two
 * @param candidates the sessions that the filters match, spared ones among them
 */
public record Selection(Set<Backend> loggingIn, List<Candidate> candidates) {

  public static Selection of(Sessions sessions) {
    Set<Backend> loggingIn = sessions.loggingIn();
    Sessions.Found found = sessions.find();
    loggingIn.addAll(found.unnamed());
    return new Selection(
        loggingIn,
        found.candidates().stream()
            .filter(candidate -> candidate.excludedBy() != Exclusion.OWN_SESSION)
            .toList());
  }

  /** The sessions that are to end. */
  public List<Session> victims() {
    return candidates.stream().filter(Candidate::selected).map(Candidate::session).toList();
  }

  /**
   * All of them for the report, as long as nobody was signalled.
   *
   * @param refusals who may not be ended although selected
   */
  public List<ListedSession> foreseen(Map<Session, Outcome> refusals) {
    return candidates.stream()
        .map(
            candidate ->
                new ListedSession(
                    candidate.session(),
                    candidate.excludedBy() == null
                        ? refusals.get(candidate.session())
                        : new Outcome.Excluded(candidate.excludedBy())))
        .toList();
  }

  /** What a later look shows, and whoever was there and is not any more: each has an outcome. */
  public Selection renewed(Selection later) {
    Set<Object> shown =
        later.candidates().stream().map(Selection::identity).collect(Collectors.toSet());
    List<Candidate> all = new ArrayList<>(later.candidates());
    candidates.stream().filter(c -> !shown.contains(identity(c))).forEach(all::add);
    return new Selection(later.loggingIn(), all);
  }

  /** A pid alone may stand for somebody else by the second look. */
  private static Object identity(Candidate candidate) {
    Session session = candidate.session();
    return session.id().isPresent() ? session.id().get() : session.backend();
  }

  /**
   * Refuses a filter that needs what this role may not see of a session that it could select, or
   * what the server itself does not know of one.
   *
   * @throws PgkillFailure naming the parameters and the grant, or the sessions
   */
  public void requireVisible(Sessions sessions) {
    requireJudged();
    List<String> parameters = sessions.filter().needingHiddenColumns();
    List<Session> unseen = victims().stream().filter(session -> !session.visible()).toList();
    if (parameters.isEmpty() || unseen.isEmpty()) {
      return;
    }
    throw new PgkillFailure(
        "the server hides from this role what "
            + String.join(", ", parameters)
            + Wording.agree(parameters.size(), " needs", " need")
            + " to know, for "
            + Wording.count(unseen.size(), "session")
            + " ("
            + Wording.sessions(unseen)
            + "); nothing was touched",
        sessions.grantToSee());
  }

  private void requireJudged() {
    List<Session> unjudged =
        candidates.stream()
            .filter(candidate -> candidate.excludedBy() == Exclusion.UNJUDGED)
            .map(Candidate::session)
            .toList();
    if (!unjudged.isEmpty()) {
      throw new PgkillFailure(
          "the filters cannot be judged for "
              + Wording.count(unjudged.size(), "session")
              + " ("
              + Wording.sessions(unjudged)
              + "): track_activities is off for it, or its role's or application's name has blanks"
              + " around it; nothing was touched",
          "Turn track_activities on (ALTER ROLE ... RESET track_activities, then a new session),"
              + " leave out the filters on states, queries and their ages, or spare such sessions:"
              + " -Dpgkill.excludeApplicationNames=/regex/, -Dpgkill.excludeClientAddresses=...");
    }
  }

  /**
   * Refuses to end more than was expected.
   *
   * @throws GuardRefusal naming the limit
   */
  public static void requireAtMost(int victims, int maxSessions) {
    if (victims > maxSessions) {
      throw new GuardRefusal(
          Wording.count(victims, "session")
              + " selected, more than maxSessions allows ("
              + maxSessions
              + "); nothing was touched",
          "Narrow the filters, or allow them: -Dpgkill.maxSessions=" + victims);
    }
  }

  /**
   * Refuses to interrupt a migration or an index build that was not meant.
   *
   * @throws GuardRefusal naming the sessions, and how long they have been at it
   */
  public void requireNoMigration() {
    List<Candidate> migrating = candidates.stream().filter(Candidate::migrating).toList();
    if (migrating.isEmpty()) {
      return;
    }
    throw new GuardRefusal(
        migrating.stream().limit(3).map(Selection::described).collect(Collectors.joining("; "))
            + (migrating.size() > 3 ? "; and " + (migrating.size() - 3) + " more" : "")
            + "; nothing was touched",
        "Wait for it, spare it (excludeApplicationNames, for example), or, if it hangs or its"
            + " program is dead, end it too: -Dpgkill.interruptMigrations=true");
  }

  private static String described(Candidate candidate) {
    Session session = candidate.session();
    return Wording.who(session)
        + " "
        + (candidate.excludedBy() == null ? "" : candidate.excludedBy().words())
        + since(", connected for ", session.age())
        + since(", " + session.state() + " for ", session.stateAge());
  }

  private static String since(String words, @Nullable Duration age) {
    return age == null ? "" : words + Durations.format(age);
  }
}
