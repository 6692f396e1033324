package io.github.pgkill.maven.goal;

import io.github.pgkill.job.list.ListSessions;
import io.github.pgkill.job.list.SessionOrder;
import io.github.pgkill.maven.build.MojoConsole;
import io.github.pgkill.maven.parameter.Choice;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * Shows who is connected to a database, what they run, since when, and who blocks whom, together
 * with its prepared transactions and the lockouts that are open on the server. Changes nothing, and
 * works with every server that lets it in.
 *
 * @since 0.1.0
 */
@Mojo(name = "list-sessions", requiresProject = false, threadSafe = true)
public final class ListSessionsMojo extends AbstractSelectionMojo {

  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST_BY_DEFAULT = Duration.ofMinutes(10);

  /**
   * Look again and again, this long from one look to the next: {@code 500ms}, {@code 2s}, {@code
   * 1m} or ISO 8601. Default: once.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.watch")
  private @Nullable String watch;

  /**
   * How long to {@code watch}; no look begins later than this after the first. A watch always ends,
   * so that it cannot hold a build forever. Default: {@code 10m}.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.watchFor")
  private @Nullable String watchFor;

  /**
   * Which sessions come first: {@code age}, {@code transaction-age}, {@code query-age} or {@code
   * state-age} for the longest, {@code waiting} for those that wait for a lock, {@code pid}, {@code
   * user}, {@code application}, {@code client} or {@code state} for the smallest. {@code -} in
   * front reverses it: {@code -age} is the newest first. What is hidden or not there comes last.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.sort", defaultValue = "age")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String sort;

  /**
   * Most rows of a table or of CSV; how many are left out is said. JSON has all of them. Default:
   * for a table what fits on the terminal (variable {@code LINES}), else 40; for CSV all.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.limit")
  private @Nullable String limit;

  /**
   * How sessions are shown: {@code table}; {@code json}, the same document as the report; {@code
   * csv} (RFC 4180, with a header whose names are those of the report). CSV has the data as they
   * are: an application name may begin with {@code =}, which a spreadsheet takes for a formula. In
   * the log, a record is one line and control characters are made visible.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.format", defaultValue = "table")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String format;

  /**
   * A file to write to instead of the log. It is replaced as a whole, never half written; with
   * {@code watch} it always holds the last look. Default: the log.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.output")
  private @Nullable File output;

  /**
   * Fail, with their names, when any session matches; with {@code watch}, at the first look that
   * shows one.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.failIfAny", defaultValue = "false")
  private boolean failIfAny;

  @Override
  void run(ConnectionSettings settings, Console console, Journal journal) {
    new ListSessions(console, journal)
        .run(
            new ListSessions.Request(
                settings, filter(), display(), watch(), failIfAny, failIfDatabaseMissing()));
  }

  private ListSessions.Display display() {
    ListSessions.Format as = Choice.of(ListSessions.Format.class, "format", format);
    return new ListSessions.Display(
        as, SessionOrder.parse("sort", sort), rows(as, System.getenv("LINES")), file());
  }

  private int rows(ListSessions.Format as, @Nullable String terminal) {
    if (limit != null) {
      return wholeNumber("limit", limit, 1);
    }
    return as == ListSessions.Format.TABLE ? MojoConsole.rows(terminal) : Integer.MAX_VALUE;
  }

  private @Nullable Path file() {
    if (output != null && output.isDirectory()) {
      throw new InvalidParameter("output", "'" + output + "' is a directory", "Name a file in it.");
    }
    return output == null ? null : output.toPath();
  }

  private ListSessions.@Nullable Watch watch() {
    Duration until = watchFor == null ? LONGEST_BY_DEFAULT : Durations.parse("watchFor", watchFor);
    if (watch == null) {
      if (watchFor != null) {
        throw new InvalidParameter(
            "watchFor",
            "it says how long to watch, and nothing asks for that",
            "Add -Dpgkill.watch=2s, or leave it out.");
      }
      return null;
    }
    Duration every = Durations.parse("watch", watch);
    if (every.compareTo(SHORTEST) < 0) {
      throw new InvalidParameter("watch", "'" + watch + "' is too short", "Write 100ms or more.");
    }
    if (until.compareTo(every) < 0) {
      throw new InvalidParameter(
          "watchFor",
          "it ends before the second look, " + Durations.format(every) + " after the first",
          "Make it longer than watch.");
    }
    return new ListSessions.Watch(every, until);
  }
}
