package io.github.pgkill.maven;

import io.github.pgkill.job.ListSessions;
import io.github.pgkill.model.ConnectionSettings;
import io.github.pgkill.report.Console;
import io.github.pgkill.report.Journal;
import java.util.Map;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;

/**
 * Shows who is connected to a database, what they run, since when, and who blocks whom. Changes
 * nothing, and works with every server that lets it in.
 *
 * @since 0.1.0
 */
@Mojo(name = "list-sessions", requiresProject = false, threadSafe = true)
public final class ListSessionsMojo extends AbstractSelectionMojo {

  /**
   * Which sessions come first: <code>age</code> for the oldest, <code>newest</code> for the newest.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.sort", defaultValue = "age")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String sort;

  /**
   * Most rows to show. The JSON report has all of them.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.limit", defaultValue = "40")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String limit;

  @Override
  void describe(Map<String, Object> request) {
    super.describe(request);
    put(request, "sort", sort);
    put(request, "limit", limit);
  }

  @Override
  void run(ConnectionSettings settings, Console console, Journal journal) {
    new ListSessions(console, journal)
        .run(
            new ListSessions.Request(
                settings,
                filter(),
                Choice.of(ListSessions.Sort.class, "sort", sort),
                wholeNumber("limit", limit, 1),
                failIfDatabaseMissing()));
  }
}
