package io.github.pgkill.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The project's README, for tests and stories that do what it tells users to do. */
public final class Readme {

  private static final String FENCE = "```";
  private static final String MAVEN = "mvn ";

  private final List<String> lines;

  private Readme(List<String> lines) {
    this.lines = lines;
  }

  /** The one in that directory. */
  public static Readme of(Path checkout) throws IOException {
    return new Readme(Files.readAllLines(checkout.resolve("README.md")));
  }

  /**
   * What stands in a fenced block.
   *
   * @param heading the line of the heading that it is under, {@code #}s included
   * @param number which one, counted from 1
   */
  public String block(String heading, int number) {
    int at = lines.indexOf(heading);
    if (at < 0) {
      throw new AssertionError("no heading " + heading);
    }
    List<String> block = new ArrayList<>();
    int fences = 0;
    for (String line : lines.subList(at + 1, lines.size())) {
      if (line.startsWith("#") && fences % 2 == 0) {
        break;
      }
      if (line.startsWith(FENCE)) {
        fences++;
      } else if (fences == 2 * number - 1) {
        block.add(line);
      }
    }
    if (block.isEmpty()) {
      throw new AssertionError("no block " + number + " under " + heading);
    }
    return String.join("\n", block);
  }

  /** The command lines of such a block, without {@code mvn} and without comments. */
  public List<String> commands(String heading, int number) {
    return commands(block(heading, number).lines().toList());
  }

  /** All command lines that stand in fenced blocks. */
  public List<String> commands() {
    List<String> fenced = new ArrayList<>();
    boolean inside = false;
    for (String line : lines) {
      if (line.startsWith(FENCE)) {
        inside = !inside;
      } else if (inside) {
        fenced.add(line);
      }
    }
    return commands(fenced);
  }

  private static List<String> commands(List<String> block) {
    return block.stream()
        .map(line -> line.replaceFirst("^ *- (run: )?", ""))
        .filter(line -> line.startsWith(MAVEN))
        .map(line -> line.substring(MAVEN.length()).replaceFirst(" +#.*", "").strip())
        .toList();
  }

  /** The words of a command line that are no {@code -D} properties. */
  public static String goals(String command) {
    return String.join(
        " ", Arrays.stream(command.split(" ")).filter(word -> !word.startsWith("-D")).toList());
  }

  /** Its {@code -D} properties, each as {@code name=value}. */
  public static List<String> properties(String command) {
    return Arrays.stream(command.split(" "))
        .filter(word -> word.startsWith("-D"))
        .map(word -> word.substring(2))
        .toList();
  }
}
