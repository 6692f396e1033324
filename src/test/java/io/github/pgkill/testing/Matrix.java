package io.github.pgkill.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a build ran on which PostgreSQL, JDK, Maven, Flyway and Liquibase: a table made from the
 * reports of its tests and stories, which names what is promised and did not run, too. It needs
 * nothing but the JDK, so that {@code mvn site} can start it from its source.
 */
public final class Matrix {

  private static final List<String> MAVENS = List.of("3.6.3", "3.9.16", "3.10.0", "4.0.0-rc-5");
  private static final Pattern SUITE = Pattern.compile("<testsuite [^>]*>");
  private static final Pattern CASE_COUNT =
      Pattern.compile(" (tests|failures|errors|skipped|time)=\"([0-9.,]+)\"");
  private static final Pattern SKIPPED =
      Pattern.compile(
          "<skipped(?: message=\"([^\"]*)\"|[^>]*>(?:<!\\[CDATA\\[)?([^\\n\\]<]*))",
          Pattern.DOTALL);
  private static final Pattern JAVA = Pattern.compile("name=\"java.version\" value=\"([^\"]+)\"");
  private static final Pattern MAVEN = Pattern.compile("Apache Maven (\\S+)");
  private static final Pattern TOOL =
      Pattern.compile("\\b(flyway|liquibase) ([0-9.]+): (\\d+) modules compared");

  private final Path target;
  private final List<String> lines = new ArrayList<>();
  private final Map<String, Integer> skipped = new TreeMap<>();

  private Matrix(Path target) {
    this.target = target;
  }

  /**
   * Writes the table, alone and as a page of the site. Arguments: the build's directory, and the
   * major that all tests ran on.
   */
  public static void main(String[] arguments) throws IOException {
    Path target = Path.of(arguments[0]);
    List<String> table = of(target, Integer.parseInt(arguments[1]));
    Files.write(Files.createDirectories(target).resolve("matrix.md"), table);
    List<String> page = new ArrayList<>();
    page.add("# What was tried on what");
    page.add("");
    page.add("Made from the reports of the last run in the directory that this site was made in.");
    page.add("");
    page.addAll(table);
    Path pages = Files.createDirectories(target.resolve("generated-site/markdown"));
    Files.write(pages.resolve("matrix.md"), page);
  }

  static List<String> of(Path target, int major) {
    return new Matrix(target).table(major);
  }

  private List<String> table(int major) {
    lines.add("| on | what ran | tests | failed | skipped | seconds of all JVMs |");
    lines.add("| --- | --- | ---: | ---: | ---: | ---: |");
    Path tests = target.resolve("surefire-reports");
    IntStream.rangeClosed(10, 18)
        .forEach(
            m -> {
              Path reports = m == major ? tests : tests.resolve("postgres-" + m);
              row("PostgreSQL " + m, suite(m, major), reports, "it takes -Pall-majors");
            });
    row(
        "PostgreSQL 15, Patroni, etcd and HAProxy of Debian",
        "the tests of a cluster",
        tests.resolve("fleet"),
        "it takes -Pall-majors");
    lines.add(
        "| JDK %s | all that is named elsewhere in this table | | | | |"
            .formatted(java(tests).orElse("of the build")));
    Path newer = tests.resolve("jdk-25");
    row("JDK " + java(newer).orElse("25"), "core tests", newer, "JAVA_HOME_25_X64 names no JDK");
    Path stories = target.resolve("invoker-reports");
    row("Maven " + maven(stories), "all stories", stories, "stories were switched off");
    for (String version : MAVENS) {
      Path reports = stories.resolve("maven-" + version);
      row("Maven " + version, "core stories", reports, "it takes -Pall-mavens");
    }
    tools(tests);
    if (!skipped.isEmpty()) {
      lines.add("");
      lines.add("Skipped, and why:");
      lines.add("");
      skipped.forEach((reason, count) -> lines.add("- " + count + " x " + reason));
    }
    return lines;
  }

  private static String suite(int major, int all) {
    if (major == all) {
      return "all tests";
    }
    return switch (major) {
      case 13 -> "everyday tests";
      case 18 -> "everyday tests and the slow ones of the newest";
      default -> "core tests";
    };
  }

  private void row(String on, String what, Path reports, String otherwise) {
    List<String> documents = documents(reports);
    if (documents.isEmpty()) {
      lines.add("| " + on + " | " + what + " | did not run: " + otherwise + " | | | |");
      return;
    }
    double[] sums = new double[4];
    for (String document : documents) {
      count(document, sums);
      SKIPPED.matcher(document).results().map(Matrix::reason).forEach(this::skip);
    }
    lines.add(
        String.format(
            Locale.ROOT,
            "| %s | %s | %.0f | %.0f | %.0f | %.0f |",
            on,
            what,
            sums[0],
            sums[1],
            sums[2],
            sums[3]));
  }

  private void skip(String reason) {
    skipped.merge(reason, 1, Integer::sum);
  }

  private static String reason(MatchResult skipped) {
    String reason = skipped.group(1) == null ? skipped.group(2) : skipped.group(1);
    return reason.replaceFirst("^\\S*TestAbortedException: ", "").strip();
  }

  private static void count(String document, double[] sums) {
    Matcher suite = SUITE.matcher(document);
    if (suite.find()) {
      Matcher counts = CASE_COUNT.matcher(suite.group());
      while (counts.find()) {
        int column =
            switch (counts.group(1)) {
              case "tests" -> 0;
              case "skipped" -> 2;
              case "time" -> 3;
              default -> 1;
            };
        sums[column] += Double.parseDouble(counts.group(2).replace(",", ""));
      }
    }
  }

  private void tools(Path tests) {
    List<String> found = new ArrayList<>();
    for (String document : documents(tests)) {
      if (document.contains("MigrationToolsOracleTest")) {
        TOOL.matcher(document)
            .results()
            .map(
                tool ->
                    ("| %s | what its own plugin opens, beside what connectionFrom takes"
                            + " | %s modules | | | |")
                        .formatted(tool(tool.group(1), tool.group(2)), tool.group(3)))
            .forEach(found::add);
      }
    }
    found.stream().distinct().sorted().forEach(lines::add);
    if (found.isEmpty()) {
      lines.add("| Flyway, Liquibase | connectionFrom | did not run: a slow test | | | |");
    }
  }

  private static String tool(String name, String version) {
    return Character.toUpperCase(name.charAt(0)) + name.substring(1) + " " + version;
  }

  private static Optional<String> java(Path reports) {
    return first(JAVA, reports);
  }

  private static String maven(Path reports) {
    return first(MAVEN, reports).orElse("of the build");
  }

  private static Optional<String> first(Pattern pattern, Path reports) {
    return documents(reports).stream()
        .map(pattern::matcher)
        .filter(Matcher::find)
        .map(found -> found.group(1))
        .findFirst();
  }

  private static List<String> documents(Path reports) {
    if (!Files.isDirectory(reports)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(reports)) {
      return files
          .filter(file -> file.getFileName().toString().matches("TEST-.*\\.xml"))
          .sorted()
          .map(Matrix::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
