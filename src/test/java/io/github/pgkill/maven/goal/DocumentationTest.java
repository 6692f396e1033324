package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.testing.Page;
import io.github.pgkill.testing.Snippet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.maven.plugin.descriptor.MojoDescriptor;
import org.apache.maven.plugin.descriptor.Parameter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What README and site name is there: goals, parameters, pages, anchors, files. That their snippets
 * do what they say is for {@code SnippetsIT}.
 */
class DocumentationTest {

  /** Pages without a source: of the goals, and of what ran on what. */
  private static final Pattern MADE_BY_THE_SITE = Pattern.compile("(plugin-info|matrix)\\.html");

  private static final Path CHECKOUT = Path.of(System.getProperty("basedir", ""));
  private static final int ONE_PAGE = 7_000;

  private static final Pattern GOAL =
      Pattern.compile("(?<![.\\w/])pgkill(?:-maven-plugin:[^ :]+)?:([a-z][a-z-]*)(?![\\w./-])");
  private static final Pattern PROPERTY = Pattern.compile("(?<![\\w.'])pgkill\\.(\\w+)");
  private static final Pattern LINK = Pattern.compile("(?<!!)\\[[^\\]\\[]*]\\(([^)\\s]+)\\)");
  private static final Pattern ROW =
      Pattern.compile("\\| `(\\w+)` \\| (.*?) \\| (.*) \\| (.*) \\|");
  private static final Pattern VERSION =
      Pattern.compile(
          "pgkill-maven-plugin(?:</artifactId>\\s*<version>|:)(\\d[^:<\\s]*)(?:</version>|:)");

  /** What the project's own tests take, and an administrator's mark. */
  private static final Set<String> OTHERS =
      Set.of("protected", "lockout", "cases", "seed", "rounds", "baseline", "screenshots");

  static Stream<Page> pages() throws IOException {
    return Page.all(CHECKOUT).stream();
  }

  static Stream<Snippet> snippets() throws IOException {
    return pages().flatMap(page -> page.snippets().stream());
  }

  @ParameterizedTest
  @MethodSource("snippets")
  void everySnippetHasSomebodyWhoRunsItOrAReason(Snippet snippet) throws IOException {
    assertThat(snippet.language()).isIn("sh", "xml", "sql", "yaml", "properties", "text");
    for (String story : snippet.told("story")) {
      Path prebuild = CHECKOUT.resolve("src/it").resolve(story).resolve("prebuild.groovy");
      assertThat(prebuild).content().contains("'" + snippet.page() + "'", snippet.heading());
    }
    snippet.only("checked").ifPresent(reason -> assertThat(reason).isNotBlank());
  }

  @ParameterizedTest
  @MethodSource("snippets")
  void everyParameterOfACommandIsOneOfItsGoals(Snippet snippet) {
    // what has to fail may do so for a name that is none
    List<String> commands = snippet.has("fails") ? List.of() : snippet.commands();
    for (String command : commands) {
      List<String> goals = GOAL.matcher(command).results().map(goal -> goal.group(1)).toList();
      Set<String> known = new HashSet<>();
      // bound in a POM, or steered by it
      (goals.isEmpty() ? List.of("terminate") : goals)
          .forEach(goal -> known.addAll(parameters(goal)));
      assertThat(Snippet.properties(command))
          .as(snippet + ": " + command)
          .filteredOn(property -> property.startsWith("pgkill."))
          .allSatisfy(
              property ->
                  assertThat(known)
                      .contains(property.replaceFirst("=.*", "").substring("pgkill.".length())));
    }
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyGoalAndParameterNamedIsOne(Page page) {
    Set<String> known = new HashSet<>(OTHERS);
    DescriptorTest.CONTRACT.values().forEach(known::addAll);
    String text = visible(page);
    assertThat(GOAL.matcher(text).results().map(goal -> goal.group(1)))
        .isSubsetOf(
            Stream.concat(DescriptorTest.CONTRACT.keySet().stream(), Stream.of("help")).toList());
    assertThat(PROPERTY.matcher(text).results().map(property -> property.group(1)))
        .isSubsetOf(known);
  }

  /** One snippet names what must not be there. */
  private static String visible(Page page) {
    return String.join("\n", page.lines()).replace("pgkill.excludeUsers", "");
  }

  @ParameterizedTest
  @MethodSource("pages")
  void theVersionIsTheProjects(Page page) throws IOException {
    Matcher ours =
        Pattern.compile("<artifactId>pgkill-maven-plugin</artifactId>\\s*<version>([^<]+)<")
            .matcher(Files.readString(CHECKOUT.resolve("pom.xml")));
    assertThat(ours.find()).isTrue();
    assertThat(VERSION.matcher(String.join("\n", page.lines())).results().map(v -> v.group(1)))
        .allMatch(ours.group(1)::equals);
  }

  static Stream<Path> documents() throws IOException {
    List<Path> documents = new ArrayList<>(pages().map(Page::file).toList());
    for (String name :
        List.of(
            "CONTRIBUTING.md",
            "CHANGELOG.md",
            "SECURITY.md",
            "src/it/README.md",
            "src/benchmark/README.md",
            "src/site/README.md")) {
      documents.add(CHECKOUT.resolve(name));
    }
    return documents.stream();
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyLinkLeadsSomewhere(Path document) throws IOException {
    String text =
        Files.readString(document).replaceAll("(?s)```.*?```", "").replaceAll("`[^`\n]*`", "x");
    for (MatchResult link : LINK.matcher(text).results().toList()) {
      String target = link.group(1);
      if (target.matches("https?:.*") || MADE_BY_THE_SITE.matcher(target).matches()) {
        continue;
      }
      String[] parts = target.split("#", 2);
      Path file = parts[0].isEmpty() ? document : document.resolveSibling(parts[0]).normalize();
      assertThat(file).as(document + " links to " + target).exists();
      if (parts.length > 1) {
        assertThat(anchors(file)).as(document + " links to " + target).contains(parts[1]);
        if (file.toString().contains("markdown")) {
          // Doxia makes other anchors of headings than GitHub: the page has to have both
          assertThat(file).content().contains("<a id=\"" + parts[1] + "\"></a>\n\n#");
        }
      }
    }
  }

  /** As GitHub makes them of headings. */
  private static List<String> anchors(Path file) throws IOException {
    return Files.readString(file)
        .replaceAll("(?s)```.*?```", "")
        .lines()
        .filter(line -> line.startsWith("#"))
        .map(line -> line.replaceFirst("^#+ ", "").toLowerCase(Locale.ROOT))
        .map(line -> line.replaceAll("[^a-z0-9 _-]", "").replace(' ', '-'))
        .toList();
  }

  @Test
  void everyPageIsInTheMenu() throws IOException {
    String menu = Files.readString(CHECKOUT.resolve("src/site/site.xml"));
    assertThat(
            Pattern.compile("href=\"([^\"]+)\\.html\"")
                .matcher(menu)
                .results()
                .map(href -> href.group(1))
                .filter(page -> !MADE_BY_THE_SITE.matcher(page + ".html").matches()))
        .containsExactlyInAnyOrderElementsOf(
            pages()
                .map(page -> page.name().replace(".md", ""))
                .filter(name -> !name.equals("README"))
                .toList());
  }

  /** So that a reader finds every parameter, and nothing that is not there. */
  @Test
  void thePageOfParametersIsTheDescriptors() throws IOException {
    Map<String, String> goals = new TreeMap<>();
    Map<String, String> defaults = new TreeMap<>();
    for (String line : Page.of(CHECKOUT, "parameters.md").lines()) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        assertThat(goals).as("twice").doesNotContainKey(row.group(1));
        goals.put(row.group(1), row.group(2));
        defaults.put(row.group(1), row.group(4));
      }
    }
    Map<String, Set<String>> expected = new TreeMap<>();
    DescriptorTest.CONTRACT.forEach(
        (goal, names) ->
            names.forEach(name -> expected.computeIfAbsent(name, n -> new TreeSet<>()).add(goal)));
    assertThat(goals.keySet()).containsExactlyElementsOf(expected.keySet());
    expected.forEach(
        (name, of) ->
            assertThat(goalsOf(goals.getOrDefault(name, ""))).as("goals of " + name).isEqualTo(of));
    for (MojoDescriptor goal : DescriptorTest.goals()) {
      for (Parameter parameter : goal.getParameters()) {
        String value =
            goal.getMojoConfiguration()
                .getChild(parameter.getName(), true)
                .getAttribute("default-value");
        if (value != null && parameter.isEditable()) {
          assertThat(defaults.get(parameter.getName()))
              .as("default of " + parameter.getName())
              .contains("`" + value + "`");
        }
      }
    }
  }

  private static Set<String> goalsOf(String cell) {
    return switch (cell) {
      case "all" -> new TreeSet<>(DescriptorTest.CONTRACT.keySet());
      case "those that select" ->
          DescriptorTest.CONTRACT.entrySet().stream()
              .filter(goal -> goal.getValue().contains("sessionUsers"))
              .map(Map.Entry::getKey)
              .collect(Collectors.toCollection(TreeSet::new));
      default ->
          Stream.of(cell.split(", "))
              .map(word -> word.replace("`", ""))
              .collect(Collectors.toCollection(TreeSet::new));
    };
  }

  @Test
  void theReadmeIsOnePageWithTheCommandThatCiRuns() throws IOException {
    Page readme = Page.of(CHECKOUT, "README.md");
    assertThat(Files.size(readme.file())).isLessThan(ONE_PAGE);
    List<String> commands = readme.commands("## See it, test it", 1);
    assertThat(commands).hasSize(2);
    assertThat(CHECKOUT.resolve(".ci/run"))
        .content()
        .contains("\nexec mvn " + commands.get(1) + "\n");
  }

  private static Collection<String> parameters(String goal) {
    return goal.equals("help")
        ? List.of("detail", "goal")
        : Objects.requireNonNull(DescriptorTest.CONTRACT.get(goal), goal);
  }
}
