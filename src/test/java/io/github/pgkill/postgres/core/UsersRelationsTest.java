package io.github.pgkill.postgres.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * No statement of ours names a relation that users own, but COPY ... TO and LOCK: whoever plans a
 * query over one runs its owner's functions.
 */
class UsersRelationsTest {

  private static final Path STATEMENTS = Path.of("src/main/resources/io/github/pgkill/postgres");
  private static final Path SOURCES = Path.of("src/main/java/io/github/pgkill");

  /** Every place where a relation may stand, and what stands there. */
  private static final Pattern RELATION =
      Pattern.compile(
          "\\b(?:from|join|into|update|truncate|table|using)\\s+(?:lateral\\s+|only\\s+)?"
              + "([\\w.%\"]+|\\(|\\{\\{)(\\s*\\()?");

  private static final Pattern CTE =
      Pattern.compile(
          "\\b(\\w+)\\s*(?:\\([^()]*\\)\\s*)?as\\s+(?:(?:not\\s+)?materialized\\s+)?\\(");

  /** Their arguments are values; the path is pinned to pg_catalog, so that no others are meant. */
  private static final Set<String> FUNCTIONS =
      Set.of("unnest", "aclexplode", "rows", "regexp_matches");

  private static final Pattern STATEMENT =
      Pattern.compile(
          "(?i)\"\\s*((?:select|with|insert|update|delete|merge|table|copy|lock)\\b.*?)\"");

  /** Shown to whoever owns the table, for them to run. */
  private static final String RELEASES = "UPDATE %I.%I SET locked = FALSE,";

  private static final Set<String> ctes = new HashSet<>();

  @BeforeAll
  static void collect() throws IOException {
    for (Path file : files(STATEMENTS, ".sql")) {
      CTE.matcher(text(file)).results().map(cte -> cte.group(1)).forEach(ctes::add);
    }
  }

  @Test
  void everyQueryIsOverTheServersOwnCatalog() throws IOException {
    for (Path file : files(STATEMENTS, ".sql")) {
      String text = text(file);
      if (text.strip().startsWith("copy %i.%i (")) {
        assertThat(text).endsWith(" to stdout");
        continue;
      }
      assertThat(text).as("%s names objects by place holder", file).doesNotContain("%i");
      assertThat(RELATION.matcher(text).results().filter(found -> !allowed(found)))
          .as(file.toString())
          .isEmpty();
    }
  }

  @Test
  void onlyCopyPutsTheNameOfATableInItsPlace() throws IOException {
    for (Path file : files(SOURCES, ".java")) {
      List<String> statements =
          STATEMENT.matcher(Files.readString(file)).results().map(m -> m.group(1)).toList();
      assertThat(statements)
          .as(file.toString())
          .filteredOn(sql -> !sql.startsWith("LOCK TABLE ") && !sql.startsWith(RELEASES))
          .noneMatch(sql -> sql.contains("%I") || sql.matches("(?is).*\\sfrom\\s+(?!pg_).*"));
    }
  }

  @Test
  void aQueryOverAUsersTableWouldBeFound() {
    for (String query :
        List.of(
            "select 1 from public.orders",
            "select 1 from orders",
            "select 1 from pg_catalog.pg_class c join only orders o on true",
            "update orders set a = 1",
            "select 1 from %i.%i l where l.locked",
            "select * from m.unnest(a)")) {
      assertThat(RELATION.matcher(query).results().filter(found -> !allowed(found)))
          .as(query)
          .isNotEmpty();
    }
  }

  private static boolean allowed(MatchResult found) {
    String name = found.group(1);
    boolean call = found.group(2) != null;
    return name.equals("(")
        || name.equals("{{")
        || name.startsWith("pg_catalog.")
        || ctes.contains(name)
        || (call && FUNCTIONS.contains(name));
  }

  /** Without comments, texts, and the words that only look like those before a relation. */
  private static String text(Path file) throws IOException {
    return Files.readString(file)
        .replaceAll("--[^\\n]*", "")
        .replaceAll("'[^']*'", "''")
        .toLowerCase(Locale.ROOT)
        .replaceAll("\\bdistinct\\s+from\\b", "<>")
        .replaceAll("\\bepoch\\s+from\\b", "")
        .replaceAll("\\brows\\s+from\\s*\\(", "rows (")
        .strip();
  }

  private static List<Path> files(Path directory, String suffix) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
    }
  }
}
