package io.github.pgkill.report.html;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.model.report.Surroundings;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.report.json.JsonReport;
import io.github.pgkill.report.text.ReportSamples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlIndexTest {

  private static final Instant MORNING = Instant.parse("2026-03-04T08:00:00Z");
  private static final Instant NOON = Instant.parse("2026-03-04T12:00:00Z");

  private static final long SEED = Long.getLong("pgkill.seed", System.nanoTime());

  @TempDir private Path directory;

  @Test
  void buildsAreListedNewestFirstAndTheirExecutionsInOrder() throws IOException {
    write("revoke-connect", NOON, NOON.plusSeconds(1));
    write("terminate", MORNING, MORNING.plusSeconds(1));
    write("list-sessions", MORNING, MORNING.plusSeconds(9));
    write("restore-connect", NOON, NOON.plusSeconds(5));

    assertThat(found("<h2>Build of <time datetime=\"([^\"]+)\"", index()))
        .containsExactly("2026-03-04T12:00:00Z", "2026-03-04T08:00:00Z");
    assertThat(links())
        .extracting(link -> link.replaceFirst("-x-.*", ""))
        .containsExactly("revoke-connect", "restore-connect", "terminate", "list-sessions");
    assertThat(links()).allSatisfy(link -> assertThat(directory.resolve(link)).exists());
  }

  @Test
  void whatIsNoReportIsLeftOutWithItsName() throws IOException {
    Files.writeString(directory.resolve("package.json"), "{\"name\": \"<b>x</b>\"}");
    Files.writeString(directory.resolve("empty.json"), "");
    Files.writeString(directory.resolve("list.json"), "[1, 2]");
    Files.writeString(directory.resolve("none.json"), "{}");
    Files.write(directory.resolve("binary.json"), new byte[] {(byte) 0xC3, 0x28, 0, (byte) 0xFF});
    Files.writeString(
        directory.resolve("torn.json"), "{\"schema\": \"pgkill-report/2\", \"goal\": \"termi");
    Files.writeString(
        directory.resolve("odd.json"),
        "{\"schema\": \"pgkill-report/2\", \"goal\": {}, \"startedAt\": \"yesterday\"}");
    Files.createDirectory(directory.resolve("directory.json"));
    write("terminate", NOON, NOON);

    assertThat(links()).hasSize(1);
    assertThat(found("<li><bdi>([a-z]+\\.json) ", index()))
        .containsExactlyInAnyOrder(
            "package.json",
            "empty.json",
            "list.json",
            "none.json",
            "binary.json",
            "torn.json",
            "odd.json",
            "directory.json");
  }

  @Test
  void somebodyElsesIndexIsNotTouched() throws IOException {
    Path index = directory.resolve("index.html");
    Files.writeString(index, "<html><title>Our project's site</title></html>");
    write("terminate", NOON, NOON);
    assertThat(index).hasContent("<html><title>Our project's site</title></html>");
  }

  @Test
  void modulesMayWriteAtOnceAndNoneIsMissing() throws Exception {
    ExecutorService modules = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> written = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        Instant start = NOON.plusSeconds(i);
        written.add(
            modules.submit(
                () -> {
                  write("terminate", NOON, start);
                  return null;
                }));
      }
      for (Future<?> one : written) {
        one.get();
      }
    } finally {
      modules.shutdownNow();
    }
    assertThat(links()).hasSize(40).doesNotHaveDuplicates();
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.filter(file -> file.toString().endsWith(".tmp"))).isEmpty();
    }
  }

  @Test
  void aDirectoryThatNobodyCleansIsListedInPart() throws IOException {
    for (int i = 0; i < 320; i++) {
      new JsonReport(directory).write(report("terminate", NOON, NOON.plusSeconds(i)));
    }
    write("list-sessions", NOON, NOON.plusSeconds(999));
    assertThat(links()).hasSize(300).last().asString().startsWith("list-sessions");
    assertThat(index()).contains("21 older reports not listed");
  }

  @Test
  void anEarlierReportIsNotOpenedAgain() throws IOException {
    write("terminate", NOON, NOON);
    write("list-sessions", NOON, NOON.plusSeconds(1));
    try (Stream<Path> files = Files.list(directory)) {
      for (Path json : files.filter(file -> file.toString().endsWith(".json")).toList()) {
        Files.writeString(json, "unreadable by now");
      }
    }
    write("diagnose", NOON, NOON.plusSeconds(2));
    assertThat(links())
        .extracting(link -> link.replaceFirst("-x-.*", ""))
        .containsExactly("terminate", "list-sessions", "diagnose");
  }

  @Test
  void whereALineIsMissingOrBrokenTheReportIsRead() throws IOException {
    Path lines = directory.resolve(IndexLines.NAME);
    write("terminate", NOON, NOON);
    Files.delete(lines);
    write("list-sessions", NOON, NOON.plusSeconds(1));
    assertThat(links()).hasSize(2);
    assertThat(lines).content().hasLineCount(2);
    Random random = new Random(SEED);
    for (int i = 0; i < 50; i++) {
      byte[] bytes = Files.readAllBytes(lines);
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      Files.write(lines, bytes);
      write("diagnose", NOON, NOON.plusSeconds(2 + i));
      assertThat(links()).as("seed %d, round %d", SEED, i).hasSize(3 + i);
    }
  }

  @Test
  void aReportThatIsDeletedIsNotListed() throws IOException {
    write("terminate", NOON, NOON);
    try (Stream<Path> files = Files.list(directory)) {
      for (Path json : files.filter(file -> file.toString().endsWith(".json")).toList()) {
        Files.delete(json);
      }
    }
    write("diagnose", NOON, NOON.plusSeconds(2));
    assertThat(links()).singleElement().asString().startsWith("diagnose");
  }

  @Test
  void aLineTellsWhatTheReportTells() throws IOException {
    List<GoalReport> reports = new ArrayList<>();
    for (String text : List.of("", "a\tb\\c\nd\re", "\\t", "\u00e9\ud83d\ude00", "=")) {
      reports.add(ReportSamples.hostile(text));
    }
    reports.add(ReportSamples.victims(3));
    for (Verdict.Status status : Verdict.Status.values()) {
      reports.add(report("x", NOON, NOON, new Verdict(status, "done", List.of())));
    }
    for (GoalReport report : reports) {
      Path json = new JsonReport(directory).write(report);
      String name = json.getFileName().toString();
      HtmlReport.write(report, json);
      assertThat(new IndexLines(directory).read().get(name))
          .isEqualTo(ReportHeadReader.read(json))
          .isEqualTo(ReportHead.of(report, name));
    }
  }

  private List<String> links() throws IOException {
    return found("<a href=\"([^\"]+)\"", index());
  }

  private String index() throws IOException {
    return Files.readString(directory.resolve("index.html"));
  }

  private static List<String> found(String pattern, String text) {
    List<String> found = new ArrayList<>();
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }

  private void write(String goal, Instant build, Instant start) {
    GoalReport report = report(goal, build, start);
    HtmlReport.write(report, new JsonReport(directory).write(report));
  }

  private static GoalReport report(String goal, Instant build, Instant start) {
    return report(goal, build, start, new Verdict(Verdict.Status.SUCCESS, "done", List.of()));
  }

  private static GoalReport report(String goal, Instant build, Instant start, Verdict verdict) {
    return new GoalReport(
        goal,
        "0.1.0",
        "x",
        start,
        build,
        Duration.ofMillis(12),
        Map.of(),
        null,
        null,
        null,
        List.of(),
        List.of(),
        List.of(),
        Surroundings.NONE,
        verdict);
  }
}
