package io.github.pgkill.report.html;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.report.json.JsonReport;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the index tells of one JSON report.
 *
 * @param file the name of the JSON report
 * @param goal the goal that ran
 * @param executionId the Maven execution's id
 * @param buildStartedAt when the build began
 * @param startedAt when the goal began
 * @param duration how long it took
 * @param status the verdict's word, as users read it
 * @param summary the verdict in a line
 * @param where server and database; null when that was never settled
 */
record ReportHead(
    String file,
    String goal,
    String executionId,
    Instant buildStartedAt,
    Instant startedAt,
    Duration duration,
    String status,
    String summary,
    @Nullable String where) {

  /** That of a report which is written under this name. */
  static ReportHead of(GoalReport report, String file) {
    ConnectionSettings connection = report.connection();
    return new ReportHead(
        file,
        report.goal(),
        report.executionId(),
        report.buildStartedAt(),
        report.startedAt(),
        report.duration().truncatedTo(ChronoUnit.MILLIS),
        shown(JsonReport.word(report.verdict().status())),
        report.verdict().summary(),
        connection == null ? null : where(connection.server(), connection.database()));
  }

  /** A status as users read it. */
  static String shown(String word) {
    return word.replace('-', ' ');
  }

  /** Server and database in a few words. */
  static String where(String server, @Nullable String database) {
    return server + ", database " + database;
  }
}
