package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.testing.Readme;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the README tells users to type has goals and parameters that there are. */
class ReadmeTest {

  private static final Pattern OURS =
      Pattern.compile("(?<![.\\w])pgkill(?:-maven-plugin:[^ :]+)?:([a-z-]+)");
  private static final Pattern PROPERTY = Pattern.compile("<pgkill\\.(\\w+)>");

  static Stream<String> commands() throws IOException {
    return readme().commands().stream().filter(command -> command.contains("pgkill"));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyParameterIsOneOfItsGoals(String command) {
    List<String> goals = new ArrayList<>();
    Matcher goal = OURS.matcher(command);
    while (goal.find()) {
      goals.add(goal.group(1));
    }
    if (goals.isEmpty()) {
      // bound in the POM above it
      goals.add("terminate");
    }
    Set<String> known = new HashSet<>();
    goals.forEach(name -> known.addAll(parameters(name)));
    assertThat(Readme.properties(command))
        .filteredOn(property -> property.startsWith("pgkill."))
        .allSatisfy(
            property ->
                assertThat(known)
                    .contains(property.replaceFirst("=.*", "").substring("pgkill.".length())));
  }

  @Test
  void everyPropertyOfAPomIsOneOfTerminates() throws IOException {
    for (String heading :
        List.of("### Before Flyway", "### Before Liquibase", "### In a release build")) {
      Matcher property = PROPERTY.matcher(readme().block(heading, 1));
      int found = 0;
      while (property.find()) {
        found++;
        assertThat(parameters("terminate")).as(heading).contains(property.group(1));
      }
      assertThat(found).as(heading).isPositive();
    }
  }

  private static List<String> parameters(String goal) {
    return goal.equals("help") ? List.of() : List.copyOf(DescriptorTest.CONTRACT.get(goal));
  }

  private static Readme readme() throws IOException {
    return Readme.of(Path.of(System.getProperty("basedir")));
  }
}
