package io.github.pgkill.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.connection.build.BuildConnection;
import io.github.pgkill.connection.build.BuildContext;
import io.github.pgkill.connection.build.PluginUse;
import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.value.Secret;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever a whole Spring Boot application answers, {@code connectionFrom=spring} answers the same
 * or refuses. {@code -Dpgkill.cases=500} asks more.
 */
class SpringOracleTest {

  private static final int CASES = Integer.getInteger("pgkill.cases", 50);
  private static final long SEED = Long.getLong("pgkill.seed", 20260101L);

  private static List<SpringBoot> versions = List.of();

  @TempDir Path folder;

  @BeforeAll
  static void start() throws Exception {
    versions = SpringBoot.all();
    assertThat(versions).isNotEmpty();
  }

  @AfterAll
  static void stop() throws Exception {
    for (SpringBoot version : versions) {
      version.close();
    }
  }

  @Test
  void generatedProjectsGetSpringsAnswerOrARefusal() throws Exception {
    Map<String, Integer> counts = new TreeMap<>();
    StringBuilder wrong = new StringBuilder();
    for (int i = 0; i < CASES; i++) {
      SpringCase made = new SpringCase(new Random(SEED + i), folder.resolve("case-" + i));
      Map<String, String> ours = ours(made);
      for (SpringBoot version : versions) {
        Map<String, String> theirs =
            version.answer(made.directory(), made.properties(), made.variables());
        boolean failed = theirs.containsKey("failed");
        boolean refused = ours.containsKey("refused");
        boolean same = !failed && !refused && theirs.equals(ours);
        counts.merge(
            same
                ? "same"
                : failed ? (refused ? "neither" : "only ours") : refused ? "refused" : "WRONG",
            1,
            Integer::sum);
        if (!failed && refused) {
          counts.merge(
              "refused: " + ours.get("refused").replaceAll("\\d+|case-\\S+|/\\S+", "#"),
              1,
              Integer::sum);
        }
        if (failed && !refused) {
          counts.merge(
              "only ours: " + theirs.get("failed").replaceAll("\\d+|case-\\S+|/\\S+", "#"),
              1,
              Integer::sum);
        }
        if (!failed && !refused && !same) {
          wrong.append(
              "seed %d, %s: %s, not %s%n%s%n".formatted(SEED + i, version, ours, theirs, made));
        }
      }
    }
    if (Boolean.getBoolean("pgkill.counts")) {
      counts.forEach((what, count) -> System.out.println(count + " " + what));
    }
    assertThat(wrong.toString()).as("%s", counts).isEmpty();
    assertThat(counts.getOrDefault("same", 0)).as("%s", counts).isGreaterThan(CASES / 2);
  }

  private static Map<String, String> ours(SpringCase made) {
    Map<String, String> answer = new HashMap<>();
    try {
      BuildConnection connection =
          ConnectionFrom.SPRING.read(
              new BuildContext(
                  PluginUse.none(),
                  Map.of(),
                  made.properties(),
                  Map.of(),
                  made.directory(),
                  List.of(),
                  id -> Optional.empty(),
                  new Environment(made.variables(), made.directory().resolve("home"), "me")));
      answer.put("url", connection.url());
      answer.put("user", Optional.ofNullable(connection.user()).orElse(inUrl(connection, "user")));
      answer.put(
          "password",
          Optional.ofNullable(connection.password())
              .map(Secret::reveal)
              .orElse(inUrl(connection, "password")));
    } catch (PgkillFailure e) {
      answer.put("refused", e.getMessage());
    }
    return answer;
  }

  private static String inUrl(BuildConnection connection, String name) {
    Matcher matcher = Pattern.compile("[?&]" + name + "=(\\w+)").matcher(connection.url());
    return matcher.find() ? matcher.group(1) : null;
  }
}
