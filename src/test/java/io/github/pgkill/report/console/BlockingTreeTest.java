package io.github.pgkill.report.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.report.text.BlockingForest;
import io.github.pgkill.report.text.LineAssertions;
import io.github.pgkill.report.text.Samples;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BlockingTreeTest {

  private static final Pattern SHOWN = Pattern.compile("^\\s*(?:\\(level \\d+\\) )?pid (\\d+)");

  @Test
  void nobodyWaitsNoLines() {
    assertThat(tree(Samples.waiting(1), Samples.waiting(2))).isEmpty();
  }

  @Test
  void waitersHangBelowTheirBlockers() {
    assertThat(tree(Samples.waiting(3, 2), Samples.waiting(2, 1), Samples.waiting(1)))
        .containsExactly(
            "2 sessions wait for a lock, each below the one that blocks it:",
            "  pid 1 of app/psql, blocks 2, idle in transaction, xact 3m10s, Client:ClientRead: update"
                + " t set x = 1",
            "    pid 2 of app/psql, blocks 1, idle in transaction, xact 3m10s, Lock:relation: update t"
                + " set x = 2",
            "      pid 3 of app/psql, idle in transaction, xact 3m10s, Lock:relation: update t set x ="
                + " 3");
  }

  @Test
  void aQueueBehindOneHolderIsFlatAndNamesTheOthersAhead() {
    List<String> lines =
        tree(
            Samples.waiting(1),
            Samples.waiting(2, 1),
            Samples.waiting(3, 1, 2),
            Samples.waiting(4, 1, 2, 3));
    assertThat(lines.get(3)).startsWith("    pid 3 of app/psql, also waits for 2,");
    assertThat(lines.get(4)).startsWith("    pid 4 of app/psql, also waits for 2, 3,");
  }

  @Test
  void twoRootsOfOneWaiter() {
    List<String> lines = tree(Samples.waiting(1), Samples.waiting(2), Samples.waiting(3, 1, 2));
    assertThat(lines).hasSize(4);
    assertThat(lines.get(2)).startsWith("    pid 3 of app/psql, also waits for 2,");
    assertThat(lines.get(3)).startsWith("  pid 2 of app/psql, also blocks 3 (shown elsewhere),");
  }

  @Test
  void preparedTransactionsAndStrangersAreNamed() {
    List<String> lines = tree(Samples.waiting(3, 0), Samples.waiting(4, 99));
    assertThat(lines)
        .anySatisfy(
            line ->
                assertThat(line)
                    .isEqualTo("  a prepared transaction (see pg_prepared_xacts), blocks 1"))
        .anySatisfy(
            line -> assertThat(line).isEqualTo("  pid 99 (another database or hidden), blocks 1"));
  }

  @Test
  void parallelWorkersAreTheirLeader() {
    List<String> lines =
        tree(
            Samples.waiting(10),
            Samples.worker(11, 10),
            Samples.worker(12, 10),
            Samples.waiting(20, 11, 12, 10),
            Samples.waiting(1),
            Samples.worker(13, 10, 1));
    assertThat(shown(lines)).containsExactly(1, 10, 20);
  }

  @Test
  void aDeadlockIsACircle() {
    List<String> lines =
        tree(
            Samples.waiting(1, 2),
            Samples.waiting(2, 3),
            Samples.waiting(3, 1),
            Samples.waiting(4, 1));
    assertThat(shown(lines)).containsExactlyInAnyOrder(1, 2, 3, 4);
    assertThat(lines.get(1))
        .contains("pid 1 of app/psql, blocks 3, waits in a circle (deadlock) for 2");
  }

  @Test
  void aCircleThatHangsOnARootStartsThere() {
    List<String> lines = tree(Samples.waiting(1, 2, 9), Samples.waiting(2, 1), Samples.waiting(9));
    assertThat(shown(lines)).containsExactly(9, 1, 2);
    assertThat(lines.get(2)).contains("also waits for 2");
  }

  @Test
  void hundredsOfWaitersAreBounded() {
    List<Session> sessions = new ArrayList<>(List.of(Samples.waiting(1)));
    IntStream.rangeClosed(2, 301).forEach(pid -> sessions.add(Samples.waiting(pid, 1)));
    List<String> lines = new BlockingTree(100, 20).lines(sessions);
    assertThat(lines).hasSizeLessThanOrEqualTo(23);
    assertThat(String.join("\n", lines)).contains("300 sessions wait").contains("... and 281 more");
  }

  @Test
  void deepAndWideThousandsAreQuick() {
    List<Session> sessions = new ArrayList<>(List.of(Samples.waiting(1)));
    IntStream.rangeClosed(2, 5_000).forEach(pid -> sessions.add(Samples.waiting(pid, pid - 1)));
    long start = System.nanoTime();
    List<String> lines = new BlockingTree(100, 5_000).lines(sessions);
    List<String> random = new BlockingTree(100, 50).lines(Samples.random(new Random(5), 5_000));
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMinutes(1));
    assertThat(lines).hasSize(5_001);
    assertThat(random).hasSizeLessThan(110);
    LineAssertions.assertWithin(100, lines);
  }

  @Test
  void everyWaiterIsShownOnceWhateverTheChains() {
    Random random = new Random(11);
    for (int i = 0; i < 1_000; i++) {
      List<Session> sessions = Samples.random(random, 1 + random.nextInt(25));
      List<String> lines = new BlockingTree(20 + random.nextInt(231), 10_000).lines(sessions);
      Set<Integer> waiters = BlockingForest.of(sessions).waiters();
      List<Integer> shown = shown(lines);
      assertThat(shown).doesNotHaveDuplicates().containsAll(waiters);
      assertThat(waiters).containsAll(expectedWaiters(sessions));
    }
  }

  @Test
  void everyWaiterIsShownOrCounted() {
    Random random = new Random(12);
    Pattern more = Pattern.compile("\\.\\.\\. and (\\d+) more");
    for (int i = 0; i < 500; i++) {
      List<Session> sessions = Samples.random(random, 1 + random.nextInt(60));
      List<String> lines = new BlockingTree(250, 1 + random.nextInt(20)).lines(sessions);
      Set<Integer> waiters = BlockingForest.of(sessions).waiters();
      long told = shown(lines).stream().filter(waiters::contains).count();
      for (String line : lines) {
        Matcher matcher = more.matcher(line.stripLeading());
        told += matcher.lookingAt() ? Integer.parseInt(matcher.group(1)) : 0;
      }
      assertThat(told).isEqualTo(waiters.size());
    }
  }

  @Test
  void noLineExceedsTheWidth() {
    Random random = new Random(13);
    for (int i = 0; i < 500; i++) {
      int width = 20 + random.nextInt(231);
      List<Session> sessions = Samples.random(random, 1 + random.nextInt(40));
      LineAssertions.assertWithin(width, new BlockingTree(width, 30).lines(sessions));
    }
  }

  /** Those that wait for somebody else without a worker involved, which needs no folding. */
  private static Set<Integer> expectedWaiters(List<Session> sessions) {
    Set<Integer> workers =
        sessions.stream()
            .filter(session -> session.leaderPid() != null)
            .map(Session::pid)
            .collect(Collectors.toSet());
    Set<Integer> waiters = new TreeSet<>();
    for (Session session : sessions) {
      boolean waits =
          session.blockedBy().stream()
              .anyMatch(pid -> pid != session.pid() && !workers.contains(pid));
      if (waits && !workers.contains(session.pid())) {
        waiters.add(session.pid());
      }
    }
    return waiters;
  }

  private static List<Integer> shown(List<String> lines) {
    return lines.stream()
        .map(SHOWN::matcher)
        .filter(Matcher::find)
        .map(matcher -> Integer.valueOf(matcher.group(1)))
        .collect(Collectors.toList());
  }

  private static List<String> tree(Session... sessions) {
    return new BlockingTree(160, 50).lines(List.of(sessions));
  }
}
