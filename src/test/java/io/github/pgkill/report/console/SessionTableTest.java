package io.github.pgkill.report.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.report.text.LineAssertions;
import io.github.pgkill.report.text.Samples;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SessionTableTest {

  private final List<Session> two =
      List.of(
          Samples.waiting(4711), Samples.session(4720, "app", "IDE", "drop table t", null, 4711));

  @Test
  void showsWhoIsConnectedAndWhatTheyRun() {
    assertThat(table(200, 10, two))
        .containsExactly(
            " pid  role  application  client          state                  age   xact  since"
                + "  wait               blocked by  query",
            "4711  app   psql         10.1.2.3:50123  idle in transaction  1h30m  3m10s   4.2s"
                + "  Client:ClientRead  -           update t set x = 4711",
            "4720  app   IDE          10.1.2.3:50123  idle in transaction  1h30m  3m10s   4.2s"
                + "  Lock:relation      4711        drop table t");
  }

  @Test
  void narrowTerminalsDropColumnsAndSayWhich() {
    List<String> lines = table(60, 10, two);
    LineAssertions.assertWithin(60, lines);
    assertThat(lines.get(0)).contains("pid", "role", "state", "query").doesNotContain("client");
    assertThat(lines.get(1)).contains("idle in transaction");
    assertThat(String.join(" ", lines)).contains("no room at width 60 for the columns: ");
  }

  @Test
  void aColumnThatIsEmptyForAllIsLeftOut() {
    assertThat(table(200, 10, List.of(Samples.waiting(1))).get(0)).doesNotContain("blocked by");
  }

  @Test
  void theRowLimitSaysHowManyMoreAndHowToSeeThem() {
    List<Session> many = Samples.random(new Random(1), 63);
    assertThat(table(200, 40, many))
        .contains("... and 23 more, of 63: -Dpgkill.limit=63 shows them all");
    assertThat(SessionTable.excerpt(200, 40).lines(many, Samples.server("ci")))
        .contains("... and 23 more, of 63: the JSON report has them all");
  }

  @Test
  void hiddenValuesAreExplainedOnceWithTheGrant() {
    List<String> lines = table(160, 10, List.of(Samples.hidden(1), Samples.hidden(2)));
    assertThat(lines.get(1))
        .isEqualTo("  1  postgres  psql         ?       ?        ?     ?      ?  ?     ?");
    assertThat(lines)
        .hasSize(4)
        .last()
        .isEqualTo("? is hidden from role ci: GRANT pg_read_all_stats TO \"ci\"");
  }

  @Test
  void whereNoServerAnswersTheTableSaysThatTitlesDoNotTell() {
    assertThat(SessionTable.excerpt(160, 10).lines(List.of(Samples.hidden(1)), null))
        .last()
        .isEqualTo("? is what the title of a process does not say");
  }

  @Test
  void cutTextsAreSaidWhoeverCutThem() {
    Session cut =
        new Session(
            Samples.NODE,
            1,
            "start",
            "app",
            "app",
            false,
            "psql",
            "local",
            "client backend",
            "active",
            Duration.ofSeconds(1),
            null,
            null,
            null,
            null,
            "select " + "x, ".repeat(400),
            true,
            null,
            List.of(),
            null,
            null);
    assertThat(table(100, 10, List.of(cut)))
        .contains(
            "1 query text cut to the width; the JSON report has more",
            "1 query text cut by the server at 1024 bytes (track_activity_query_size)");
  }

  @Test
  void otherBackendsAreToldFromClients() {
    Session walsender =
        new Session(
            Samples.NODE,
            1,
            "start",
            null,
            "repl",
            false,
            "standby1",
            "local",
            "walsender",
            "active",
            null,
            null,
            null,
            null,
            null,
            null,
            false,
            null,
            List.of(),
            null,
            null);
    assertThat(table(100, 10, List.of(walsender)).get(1)).contains("active (walsender)");
  }

  @Test
  void aHostileQueryForgesNoLine() {
    Session hostile =
        Samples.session(1, "app", "x\n[INFO] BUILD", "\u001b[1A\r[ERROR] \u202egone", null);
    List<String> lines = table(250, 10, List.of(hostile));
    assertThat(lines).hasSize(2);
    assertThat(lines.get(1)).contains("x [INFO] BUILD", "<U+001B>[1A [ERROR] <U+202E>gone");
  }

  @Test
  void noSessionsNoLines() {
    assertThat(table(80, 10, List.of())).isEmpty();
  }

  @Test
  void noLineEverExceedsTheWidth() {
    Random random = new Random(42);
    for (int i = 0; i < 1_500; i++) {
      int width = 20 + random.nextInt(231);
      List<Session> sessions = Samples.random(random, random.nextInt(12));
      int limit = random.nextInt(15);
      List<String> lines =
          SessionTable.listing(width, limit).lines(sessions, Samples.server(Samples.text(random)));
      LineAssertions.assertWithin(width, lines);
    }
  }

  @Test
  void thousandsOfSessionsWithLongTextsAreQuickAndBounded() {
    String megabyte = "select '" + "x ".repeat(500_000);
    List<Session> sessions = new ArrayList<>(Samples.random(new Random(3), 4_999));
    sessions.add(0, Samples.session(1, "app", "psql", megabyte, null));
    long start = System.nanoTime();
    List<String> few = table(120, 40, sessions);
    List<String> all = table(120, 5_000, sessions);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMinutes(1));
    assertThat(few).hasSizeLessThan(55);
    assertThat(all).hasSizeBetween(5_001, 5_020);
  }

  private static List<String> table(int width, int limit, List<Session> sessions) {
    return SessionTable.listing(width, limit).lines(sessions, Samples.server("ci"));
  }
}
