package io.github.pgkill.report.html;

import java.time.Duration;
import java.time.Instant;
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
    @Nullable String where) {}
