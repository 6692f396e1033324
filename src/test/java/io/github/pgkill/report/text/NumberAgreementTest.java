package io.github.pgkill.report.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.job.outcome.Verdicts;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.lockout.KeptChange;
import io.github.pgkill.model.prepared.PreparedTransaction;
import io.github.pgkill.model.sessions.Exclusion;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.postgres.prepared.PreparedTransactions;
import io.github.pgkill.report.console.BlockingTree;
import io.github.pgkill.report.console.ProgressLine;
import io.github.pgkill.report.console.SessionTable;
import io.github.pgkill.report.console.TerminationSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** One is one and two are two, in every sentence that counts. */
class NumberAgreementTest {

  private static final Duration SECOND = Duration.ofSeconds(1);

  private static final Verdicts VERDICTS =
      new Verdicts("app", new TerminationOptions(SECOND, SECOND, SECOND, false, false));

  static Stream<Arguments> sentences() {
    return Stream.of(
        sentence(
            n -> VERDICTS.rehearsed(n),
            "dry run: would terminate 1 session of database app;",
            "dry run: would terminate 2 sessions of database app;"),
        sentence(
            n -> verdict(new Outcome.Survived(SECOND), n, 0),
            "1 selected session of database app is still there: pid 1 of app/psql",
            "2 selected sessions of database app are still there: pid 1 of app/psql, pid 2 of"),
        sentence(
            n -> remark(new Outcome.Excluded(Exclusion.BACKUP_TOOL), n, 0),
            "1 spared session holds locks in the database",
            "2 spared sessions hold locks in the database"),
        sentence(
            n -> remark(new Outcome.AlreadyGone(), 1, n),
            "1 more newcomer came and is gone, not listed here",
            "2 more newcomers came and are gone, not listed here"),
        sentence(
            n -> VERDICTS.cameBack(sessions(n)).orElseThrow(),
            "the selected sessions of database app were gone while it was closed; since it is open"
                + " again, 1 session is back: ",
            "the selected sessions of database app were gone while it was closed; since it is open"
                + " again, 2 sessions are back: "),
        sentence(
            n -> TerminationSummary.of(results(new Outcome.Gone(SECOND), n), SECOND, 200).line(),
            "terminated 1 of 1 session in 1s: 1 gone",
            "terminated 2 of 2 sessions in 1s: 2 gone"),
        sentence(
            n ->
                TerminationSummary.of(results(new Outcome.Survived(SECOND), n), SECOND, 200)
                    .details()
                    .get(0),
            "survived: 1 session of role app (pid 1), still there 1s after the signal",
            "survived: 2 sessions of role app (pids 1, 2), still there 1s after the signal"),
        sentence(
            n -> new ProgressLine("to end", SECOND, 200).text(SECOND, sessions(n)),
            "waiting for 1 session to end (pid 1 of app/psql): 1s of 1s",
            "waiting for 2 sessions to end (pid 1 of app/psql, pid 2 of app/psql): 1s of 1s"),
        sentence(
            n -> new BlockingTree(200, 20).lines(chain(n)).get(0),
            "1 session waits for a lock, each below",
            "2 sessions wait for a lock, each below"),
        sentence(
            n -> cut(SessionTable.listing(120, 10).lines(longQueries(n), null)),
            "1 query text cut",
            "2 query texts cut"),
        sentence(
            n -> LockoutWording.kept(new KeptChange.NotBack(n)),
            "1 CONNECT privilege is not back as before",
            "2 CONNECT privileges are not back as before"),
        sentence(
            n -> LockoutWording.kept(new KeptChange.More(n)),
            "1 more change of this kind: kept",
            "2 more changes of this kind: kept"),
        sentence(
            n -> PreparedTransactions.described(prepared(n)),
            "prepared transaction g of role app, prepared 1s ago, holding 1 lock",
            "prepared transaction g of role app, prepared 1s ago, holding 2 locks"),
        sentence(n -> Wording.count(n, "process"), "1 process", "2 processes"));
  }

  @ParameterizedTest
  @MethodSource("sentences")
  void oneIsOneAndTwoAreTwo(IntFunction<String> sentence, String one, String two) {
    assertThat(sentence.apply(1)).startsWith(one);
    assertThat(sentence.apply(2)).startsWith(two);
  }

  @ParameterizedTest
  @EnumSource
  void everyKindOfBlockerHasAPlural(Blocker.Kind kind) {
    assertThat(Wording.count(1, kind)).isEqualTo("1 " + Wording.words(kind));
    assertThat(Wording.count(2, kind)).startsWith("2 " + Wording.words(kind)).endsWith("s");
  }

  /** A verb behind a number must come from {@link Wording}, which knows whether it is one. */
  private static final Pattern BY_HAND =
      Pattern.compile(
          "count\\((?:[^()]|\\([^()]*\\))*, \"[a-z' ]+\"\\)\\s*\\+ \" (?:is|are|was|were|has|have|holds?"
              + "|waits?|needs?|do|does|their|its)\\b"
              + "|(?:size\\(\\)|count|number|more) (?:==|!=) 1 \\?"
              + "|size\\(\\)\\s*\\+ \" (?:sessions?|process(?:es)?|tables?|locks?|more \\w+s)\\b");

  @Test
  void noSentenceCountsByHand() throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        BY_HAND
            .matcher(Files.readString(file))
            .results()
            .map(MatchResult::group)
            .forEach(text -> found.add(file.getFileName() + ": " + text));
      }
    }
    assertThat(found)
        .filteredOn(text -> !text.startsWith("BackendTitle") && !text.startsWith("Wording"))
        .isEmpty();
  }

  private static Arguments sentence(IntFunction<String> sentence, String one, String two) {
    return Arguments.of(sentence, one, two);
  }

  private static String verdict(Outcome outcome, int number, int unlisted) {
    return VERDICTS.of(results(outcome, number), true, SECOND, 0, unlisted).summary();
  }

  private static String remark(Outcome outcome, int number, int unlisted) {
    return VERDICTS.of(results(outcome, number), true, SECOND, 0, unlisted).remarks().get(0);
  }

  private static List<Session> sessions(int number) {
    return IntStream.rangeClosed(1, number).mapToObj(pid -> Samples.waiting(pid)).toList();
  }

  private static List<Session> chain(int waiters) {
    List<Session> chain = new ArrayList<>(List.of(Samples.waiting(99)));
    IntStream.rangeClosed(1, waiters).forEach(pid -> chain.add(Samples.waiting(pid, 99)));
    return chain;
  }

  private static List<Session> longQueries(int number) {
    return IntStream.rangeClosed(1, number)
        .mapToObj(pid -> Samples.session(pid, "app", "psql", "x".repeat(300), null))
        .toList();
  }

  private static List<SessionResult> results(Outcome outcome, int number) {
    return sessions(number).stream()
        .map(session -> new SessionResult(session, outcome, false, null, true))
        .toList();
  }

  private static PreparedTransaction prepared(int locks) {
    return new PreparedTransaction("g", "app", "app", 7, "2026-01-01", SECOND, locks);
  }

  private static String cut(List<String> lines) {
    return lines.stream().filter(line -> line.contains("cut")).findFirst().orElseThrow();
  }
}
