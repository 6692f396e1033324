package io.github.pgkill.testing;

import io.github.pgkill.testing.Snippet.Direction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A page of the documentation, README.md or one of the site's, for tests and stories that do what
 * it tells users to do.
 */
public final class Page {

  private static final String SITE = "src/site/markdown";
  private static final String FENCE = "```";
  private static final String DIRECTIONS = "<!-- test";

  private final Path file;
  private final String name;
  private final List<String> lines;

  private Page(Path file) throws IOException {
    this.file = file;
    name = file.getFileName().toString();
    lines = Files.readAllLines(file);
  }

  /** README.md of that checkout, or a page of its site. */
  public static Page of(Path checkout, String name) throws IOException {
    Path readme = checkout.resolve("README.md");
    return new Page(name.equals("README.md") ? readme : checkout.resolve(SITE).resolve(name));
  }

  /** All pages of that checkout that users read. */
  public static List<Page> all(Path checkout) throws IOException {
    List<Page> pages = new ArrayList<>();
    pages.add(of(checkout, "README.md"));
    try (Stream<Path> files = Files.list(checkout.resolve(SITE))) {
      for (Path file : files.sorted().toList()) {
        pages.add(new Page(file));
      }
    }
    return pages;
  }

  public Path file() {
    return file;
  }

  public String name() {
    return name;
  }

  public List<String> lines() {
    return lines;
  }

  /** All fenced blocks, in order. */
  public List<Snippet> snippets() {
    List<Snippet> snippets = new ArrayList<>();
    String heading = "";
    List<Direction> directions = List.of();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.startsWith(DIRECTIONS)) {
        int end = i + 1;
        while (!lines.get(end).startsWith("-->")) {
          end++;
        }
        directions = directions(lines.subList(i + 1, end));
        i = end;
      } else if (line.startsWith(FENCE)) {
        int end = i + 1;
        while (!lines.get(end).startsWith(FENCE)) {
          end++;
        }
        snippets.add(
            new Snippet(
                name,
                heading,
                i + 1,
                line.substring(FENCE.length()),
                String.join("\n", lines.subList(i + 1, end)),
                directions));
        directions = List.of();
        i = end;
      } else if (line.startsWith("#")) {
        heading = line;
      } else if (!line.isBlank() && !directions.isEmpty()) {
        throw new AssertionError(name + ":" + (i + 1) + ": a test's comment without a snippet");
      }
    }
    return snippets;
  }

  private static List<Direction> directions(List<String> comment) {
    List<Direction> directions = new ArrayList<>();
    for (String line : comment) {
      if (line.startsWith("  ")) {
        Direction last = directions.remove(directions.size() - 1);
        String more = (last.value() + "\n" + line.substring(2)).strip();
        directions.add(new Direction(last.key(), more));
      } else {
        String[] parts = line.split(":", 2);
        directions.add(new Direction(parts[0].strip(), parts.length > 1 ? parts[1].strip() : ""));
      }
    }
    return directions;
  }

  /** The same by the heading that they are under. */
  public Map<String, List<Snippet>> sections() {
    Map<String, List<Snippet>> sections = new LinkedHashMap<>();
    snippets().forEach(s -> sections.computeIfAbsent(s.heading(), h -> new ArrayList<>()).add(s));
    return sections;
  }

  /**
   * What stands in a fenced block.
   *
   * @param heading the line of the heading that it is under, {@code #}s included
   * @param number which one, counted from 1
   */
  public String block(String heading, int number) {
    return snippet(heading, number).text();
  }

  /** The command lines of such a block, without {@code mvn} and without comments. */
  public List<String> commands(String heading, int number) {
    return snippet(heading, number).commands();
  }

  private Snippet snippet(String heading, int number) {
    List<Snippet> section = sections().getOrDefault(heading, List.of());
    if (section.size() < number) {
      throw new AssertionError(name + " has no block " + number + " under " + heading);
    }
    return section.get(number - 1);
  }
}
