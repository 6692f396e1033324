package io.github.pgkill.report.html;

import io.github.pgkill.report.text.SessionColumn;
import io.github.pgkill.report.text.WholeFile;
import io.github.pgkill.report.text.Wording;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The page that lists all executions with a report in a directory, build by build, newest first. It
 * is written anew after each of them, from what is there.
 */
final class HtmlIndex {

  /** Its name in the directory. */
  static final String NAME = "index.html";

  /** Reports listed; a directory that nobody cleans must not make each build slower. */
  private static final int LISTED = 300;

  private static final int ROUNDS = 20;
  private static final int SUMMARY = 400;

  private final Map<Instant, List<ReportHead>> builds = new TreeMap<>(Comparator.reverseOrder());
  private final List<String> skipped = new ArrayList<>();
  private final Path directory;
  private final IndexLines lines;
  private int unlisted;

  private HtmlIndex(Path directory, IndexLines lines) {
    this.directory = directory;
    this.lines = lines;
  }

  /**
   * Writes the index of the directory that it is in, with one report more. Modules and builds may
   * do so at once: whoever replaced the file last looks again, and finds everything that was there
   * before.
   */
  static synchronized void add(Path index, ReportHead report) throws IOException {
    if (Files.exists(index) && !ours(index)) {
      return;
    }
    Path directory = index.resolveSibling("");
    IndexLines lines = new IndexLines(directory);
    lines.add(report);
    TreeSet<String> listed = new TreeSet<>();
    for (int round = 0; round < ROUNDS; round++) {
      TreeSet<String> found = reports(directory);
      if (round > 0 && found.equals(listed)) {
        return;
      }
      listed = found;
      HtmlIndex page = new HtmlIndex(directory, lines);
      page.read(found);
      WholeFile.write(index, page::write);
    }
  }

  /** Somebody may keep a page of his own under that name. */
  private static boolean ours(Path index) throws IOException {
    byte[] start = new byte[4_096];
    int length;
    try (var in = Files.newInputStream(index)) {
      length = in.readNBytes(start, 0, start.length);
    }
    return new String(start, 0, length, StandardCharsets.UTF_8)
        .contains("content=\"" + HtmlFrame.GENERATOR + "\"");
  }

  private static TreeSet<String> reports(Path directory) throws IOException {
    TreeSet<String> names = new TreeSet<>();
    try (Stream<Path> files = Files.list(directory)) {
      files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".json") && !name.startsWith("."))
          .forEach(names::add);
    }
    return names;
  }

  private void read(TreeSet<String> names) throws IOException {
    Map<String, ReportHead> known = lines.read();
    List<ReportHead> heads = new ArrayList<>();
    for (String name : newestFirst(names)) {
      ReportHead head = known.get(name);
      if (head != null) {
        heads.add(head);
      } else {
        readReport(name, heads);
      }
    }
    if (known.size() > 2 * LISTED) {
      lines.keep(heads);
    }
    heads.sort(Comparator.comparing(ReportHead::startedAt).thenComparing(ReportHead::file));
    for (ReportHead head : heads) {
      builds.computeIfAbsent(head.buildStartedAt(), start -> new ArrayList<>()).add(head);
    }
  }

  private void readReport(String name, List<ReportHead> heads) throws IOException {
    ReportHead head;
    try {
      head = ReportHeadReader.read(directory.resolve(name));
    } catch (IOException e) {
      skipped.add(name + " (" + e.getMessage() + ")");
      return;
    }
    heads.add(head);
    lines.add(head);
  }

  /** The time is part of a report's name; others go last. */
  private List<String> newestFirst(TreeSet<String> names) {
    List<String> order = new ArrayList<>(names);
    order.sort(Comparator.comparing(HtmlIndex::time, Comparator.reverseOrder()));
    unlisted = Math.max(0, order.size() - LISTED);
    return order.subList(0, order.size() - unlisted);
  }

  /**
   * {@code 20260304T050607089Z} of {@code terminate-default-cli-20260304T050607089Z-1a2b3c4d.json}.
   */
  private static String time(String name) {
    int unique = name.lastIndexOf('-');
    int time = unique < 0 ? -1 : name.lastIndexOf('-', unique - 1);
    return time < 0 ? "" : name.substring(time + 1, unique);
  }

  private void write(Writer out) throws IOException {
    HtmlWriter html = new HtmlWriter(out);
    String icon = HtmlFrame.icon(worst());
    HtmlFrame.open(html, "pgkill: all executions", icon);
    html.open("header", "class", "verdict index").element("h1", "pgkill: all executions");
    html.element(
        "p", builds.isEmpty() ? "No report is here." : "Newest build first.", "class", "summary");
    html.end().open("main");
    for (Map.Entry<Instant, List<ReportHead>> build : builds.entrySet()) {
      build(html, build.getKey(), build.getValue());
    }
    leftOut(html);
    html.end();
    HtmlFrame.close(html);
  }

  /** The newest build's. */
  private String worst() {
    return builds.values().stream().findFirst().stream()
        .flatMap(List::stream)
        .map(ReportHead::status)
        .filter(status -> !status.equals("success"))
        .findFirst()
        .orElse("success");
  }

  private static void build(HtmlWriter html, Instant start, List<ReportHead> heads)
      throws IOException {
    html.open("section").open("h2").text("Build of ");
    time(html, start);
    html.end().open("table", "class", "executions");
    html.element("caption", Wording.count(heads.size(), "execution"));
    html.open("thead").open("tr");
    for (String header : List.of("goal", "verdict", "where", "began", "took")) {
      html.element("th", header, "scope", "col");
    }
    html.close().close().open("tbody");
    for (ReportHead head : heads) {
      row(html, head);
    }
    html.close().close().end();
  }

  private static void row(HtmlWriter html, ReportHead head) throws IOException {
    html.open("tr").open("th", "scope", "row");
    html.open("a", "href", HtmlReport.pageOf(head.file())).foreign(head.goal()).close();
    html.open("small").foreign(head.executionId()).close().close();
    html.open("td").open("span", "class", "outcome " + HtmlFrame.kind(head.status()));
    html.text(HtmlFrame.sign(head.status()) + " ").foreign(head.status()).close();
    html.open("small").foreign(HtmlText.head(head.summary(), SUMMARY)).close().close();
    html.open("td").foreign(head.where() == null ? SessionColumn.NONE : head.where()).close();
    html.open("td");
    time(html, head.startedAt());
    html.close().element("td", Wording.time(head.duration())).end();
  }

  private static void time(HtmlWriter html, Instant at) throws IOException {
    String iso = at.truncatedTo(ChronoUnit.SECONDS).toString();
    html.element("time", iso.replace("T", " ").replace("Z", " UTC"), "datetime", iso);
  }

  private void leftOut(HtmlWriter html) throws IOException {
    if (unlisted > 0) {
      html.element("p", Wording.count(unlisted, "older report") + " not listed.", "class", "note");
    }
    if (!skipped.isEmpty()) {
      html.open("section").element("h2", "Left out");
      html.element("p", "Files that end in .json and are no reports of this plugin:");
      html.open("ul");
      for (String name : skipped) {
        html.open("li").foreign(name).close();
      }
      html.close().end();
    }
  }
}
