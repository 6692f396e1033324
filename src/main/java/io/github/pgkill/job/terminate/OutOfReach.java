package io.github.pgkill.job.terminate;

import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.text.Wording;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Selected sessions that this role may not end, as failures that name what helps. */
final class OutOfReach {

  private OutOfReach() {}

  /** Refuses to begin what could only be done in part. */
  static PgkillFailure nobodyTouched(
      DatabaseInfo database,
      Selection selection,
      Map<Session, Refusal> refusals,
      TerminationOptions options,
      Journal journal) {
    return failure(
        words(refusals, " of database " + database.name()) + "; nobody was terminated",
        remedy(selection, refusals)
            + (options.whenRefused() == null
                ? ""
                : "; or end the others and fail then: -Dpgkill.whenRefused=continue"),
        selection,
        refusals,
        journal);
  }

  /** Says of what would be done in part that it would fail. */
  static PgkillFailure inADryRun(
      String summary, Selection selection, Map<Session, Refusal> refusals, Journal journal) {
    return failure(
        summary + "; the goal would fail then, because " + words(refusals, ""),
        remedy(selection, refusals),
        selection,
        refusals,
        journal);
  }

  private static PgkillFailure failure(
      String what,
      String remedy,
      Selection selection,
      Map<Session, Refusal> refusals,
      Journal journal) {
    Map<Session, Outcome> foreseen = new HashMap<>();
    refusals.forEach((session, refusal) -> foreseen.put(session, new Outcome.Refused(refusal)));
    journal.foreseen(selection.foreseen(foreseen));
    return new PgkillFailure(what, remedy);
  }

  private static String words(Map<Session, Refusal> refusals, String where) {
    return Wording.count(refusals.size(), "selected session")
        + where
        + " may not be ended by this role: "
        + Wording.sessions(List.copyOf(refusals.keySet()))
        + " ("
        + first(refusals).reason()
        + ")";
  }

  private static Refusal first(Map<Session, Refusal> refusals) {
    return refusals.values().iterator().next();
  }

  /** What lets this role end them, and what spares them. */
  private static String remedy(Selection selection, Map<Session, Refusal> refusals) {
    String mends = first(refusals).remedy();
    return (mends == null ? "" : mends + " ") + spare(selection, refusals.keySet());
  }

  private static String spare(Selection selection, Set<Session> outOfReach) {
    List<Session> processes = outOfReach.stream().filter(s -> s.user() == null).toList();
    if (!processes.isEmpty()) {
      return "Leave out of backendTypes: " + each(processes, Session::backendType);
    }
    String spare = "To spare them: -Dpgkill.excludeSessionUsers=" + each(outOfReach, Session::user);
    Set<String> applications =
        outOfReach.stream().map(Session::applicationName).collect(Collectors.toSet());
    boolean theirsAlone =
        selection.victims().stream()
            .filter(session -> !outOfReach.contains(session))
            .noneMatch(session -> applications.contains(session.applicationName()));
    boolean typed = applications.stream().allMatch(name -> name.matches("[\\w.-]+"));
    return theirsAlone && typed
        ? spare
            + " or -Dpgkill.excludeApplicationNames="
            + each(outOfReach, Session::applicationName)
        : spare;
  }

  private static String each(
      Collection<Session> sessions, Function<Session, @Nullable String> property) {
    return sessions.stream()
        .flatMap(session -> Stream.ofNullable(property.apply(session)))
        .distinct()
        .collect(Collectors.joining(","));
  }
}
