package io.github.pgkill.report.console;

import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.report.text.DisplayText;
import io.github.pgkill.report.text.Wording;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What became of the sessions: one line for all, and a few more for those that are not gone.
 *
 * @param line how many ended in which way and how long it took, without a line break
 * @param details who is left and why, wrapped to the width, same reasons together
 * @param spared the same of those who were meant to be left
 */
public record TerminationSummary(String line, List<String> details, List<String> spared) {

  private static final int GROUPS = 8;
  private static final int NAMED = 5;
  private static final String INDENT = "    ";

  public TerminationSummary {
    details = List.copyOf(details);
    spared = List.copyOf(spared);
  }

  /**
   * Sums up the results of one execution.
   *
   * @param took the goal
   * @param width columns that no line of the details exceeds; less than 20 counts as 20
   */
  public static TerminationSummary of(List<SessionResult> results, Duration took, int width) {
    int columns = Math.max(Wording.NARROWEST, width);
    List<String> details = new ArrayList<>();
    details.addAll(left(results, Outcome.Refused.class, columns));
    details.addAll(left(results, Outcome.Survived.class, columns));
    return new TerminationSummary(
        line(results, took), details, left(results, Outcome.Excluded.class, columns));
  }

  private static String line(List<SessionResult> results, Duration took) {
    if (results.isEmpty()) {
      return "no session to terminate, seen in " + Wording.time(took);
    }
    int gone = number(results, result -> result.outcome() instanceof Outcome.Gone);
    String head = "terminated " + gone + " of " + Wording.count(results.size(), "session");
    Map<String, List<SessionResult>> byWord = new LinkedHashMap<>();
    for (String word : List.of("gone", "already gone", "refused", "survived", "excluded")) {
      byWord.put(word, new ArrayList<>());
    }
    results.forEach(
        result ->
            byWord.computeIfAbsent(result.outcome().word(), word -> new ArrayList<>()).add(result));
    byWord.values().removeIf(List::isEmpty);
    String parts =
        byWord.entrySet().stream()
            .map(entry -> part(entry.getKey(), entry.getValue()))
            .collect(Collectors.joining(", "));
    return head + " in " + Wording.time(took) + ": " + parts;
  }

  private static String part(String word, List<SessionResult> results) {
    int newcomers = number(results, SessionResult::newcomer);
    String part = results.size() + " " + word;
    return newcomers == 0 ? part : part + " (" + Wording.count(newcomers, "newcomer") + ")";
  }

  private static int number(List<SessionResult> results, Predicate<SessionResult> which) {
    return (int) results.stream().filter(which).count();
  }

  /** The lines for one kind of outcome: the largest groups, and how many are not named. */
  private static List<String> left(
      List<SessionResult> results, Class<? extends Outcome> kind, int width) {
    Map<Object, List<SessionResult>> groups = new LinkedHashMap<>();
    for (SessionResult result : results) {
      if (kind.isInstance(result.outcome())) {
        groups.computeIfAbsent(reason(result.outcome()), why -> new ArrayList<>()).add(result);
      }
    }
    List<List<SessionResult>> largestFirst = new ArrayList<>(groups.values());
    largestFirst.sort(Comparator.comparing(group -> -group.size()));
    List<String> lines = new ArrayList<>();
    largestFirst.stream().limit(GROUPS).forEach(group -> lines.addAll(group(group, width)));
    if (largestFirst.size() > GROUPS) {
      String rest = rest(largestFirst.subList(GROUPS, largestFirst.size()));
      lines.addAll(DisplayText.wrap("", rest, width, INDENT));
    }
    return lines;
  }

  /** What makes two outcomes the same for the reader: how long a survivor lived does not. */
  private static Object reason(Outcome outcome) {
    return outcome instanceof Outcome.Survived ? outcome.word() : outcome;
  }

  private static String rest(List<List<SessionResult>> groups) {
    List<SessionResult> results =
        groups.stream().flatMap(List::stream).collect(Collectors.toList());
    return results.get(0).outcome().word()
        + ": "
        + Wording.count(results.size(), "more session")
        + " for "
        + Wording.count(groups.size(), "other reason")
        + ", named in the JSON report"
        + locks(results);
  }

  /** A remedy has a line of its own, so that a command in it can be copied. */
  private static List<String> group(List<SessionResult> group, int width) {
    Outcome outcome = group.get(0).outcome();
    String text =
        outcome.word()
            + ": "
            + Wording.count(group.size(), "session")
            + roles(group)
            + " ("
            + members(group)
            + ")"
            + why(outcome, group)
            + locks(group);
    List<String> lines = new ArrayList<>(DisplayText.wrap("", text, width, INDENT));
    if (outcome instanceof Outcome.Refused refused && refused.remedy() != null) {
      lines.addAll(DisplayText.wrap(INDENT, refused.remedy(), width, INDENT));
    }
    return lines;
  }

  private static String why(Outcome outcome, List<SessionResult> group) {
    return outcome instanceof Outcome.Survived
        ? ", " + Wording.detail(new Outcome.Survived(longest(group)))
        : ": " + Wording.detail(outcome);
  }

  private static Duration longest(List<SessionResult> group) {
    return group.stream()
        .map(SessionResult::outcome)
        .map(outcome -> outcome instanceof Outcome.Survived s ? s.after() : Duration.ZERO)
        .max(Comparator.naturalOrder())
        .orElse(Duration.ZERO);
  }

  private static String roles(List<SessionResult> group) {
    List<String> roles =
        group.stream()
            .map(result -> result.session().user())
            .filter(Objects::nonNull)
            .distinct()
            .map(Wording::name)
            .collect(Collectors.toList());
    if (roles.isEmpty()) {
      return "";
    }
    return Wording.agree(roles.size(), " of role ", " of roles ") + Wording.firstOf(roles, NAMED);
  }

  private static String members(List<SessionResult> group) {
    List<String> pids =
        group.stream()
            .map(result -> result.session().pid() + result.session().node().suffix())
            .collect(Collectors.toList());
    return Wording.agree(pids.size(), "pid ", "pids ") + Wording.firstOf(pids, NAMED);
  }

  private static String locks(List<SessionResult> group) {
    List<String> holders =
        group.stream()
            .filter(SessionResult::holdsLocks)
            .map(result -> Wording.who(result.session()))
            .collect(Collectors.toList());
    return holders.isEmpty() ? "" : "; still holding locks: " + Wording.firstOf(holders, NAMED);
  }
}
