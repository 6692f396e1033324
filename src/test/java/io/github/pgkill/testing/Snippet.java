package io.github.pgkill.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A fenced block of a page, with what a comment right above it tells the tests: see {@code
 * src/site/README.md}.
 *
 * @param heading the line of the heading that it is under, {@code #}s included
 * @param line where it begins
 * @param language what stands behind the opening fence
 * @param directions the lines of the comment
 */
public record Snippet(
    String page,
    String heading,
    int line,
    String language,
    String text,
    List<Direction> directions) {

  private static final String MAVEN = "mvn ";
  private static final Pattern WORD = Pattern.compile("(?:[^\\s'\"]|'[^']*'|\"[^\"]*\")+");

  /** One thing that a test is told. */
  public record Direction(String key, String value) {}

  /** All values that a key has, in order. */
  public List<String> told(String key) {
    return directions.stream()
        .filter(direction -> direction.key().equals(key))
        .map(Direction::value)
        .toList();
  }

  /** The value of a key that may be there once. */
  public Optional<String> only(String key) {
    List<String> values = told(key);
    if (values.size() > 1) {
      throw new AssertionError(this + " tells " + key + " twice");
    }
    return values.stream().findFirst();
  }

  public boolean has(String key) {
    return !told(key).isEmpty();
  }

  /** Its command lines, without {@code mvn} and without comments. */
  public List<String> commands() {
    return text.lines()
        .map(line -> line.replaceFirst("^ *- (run: )?", ""))
        .filter(line -> line.startsWith(MAVEN))
        .map(line -> line.substring(MAVEN.length()).replaceFirst("\\s+#.*", "").strip())
        .toList();
  }

  /** The words of a command line as a shell tells them apart, its quotes gone. */
  public static List<String> words(String command) {
    List<String> words = new ArrayList<>();
    Matcher word = WORD.matcher(command);
    while (word.find()) {
      words.add(word.group().replaceAll("[\"']", ""));
    }
    return words;
  }

  /** The words of a command line that are no {@code -D} properties. */
  public static String goals(String command) {
    return String.join(
        " ", Arrays.stream(command.split(" ")).filter(word -> !word.startsWith("-D")).toList());
  }

  /** Its {@code -D} properties, each as {@code name=value}. */
  public static List<String> properties(String command) {
    return words(command).stream()
        .filter(word -> word.startsWith("-D"))
        .map(word -> word.substring(2))
        .toList();
  }

  @Override
  public String toString() {
    return page + ":" + line + " (" + heading.replaceFirst("^#+ ", "") + ")";
  }
}
