package io.github.pgkill.model;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One execution of a goal from the request to the verdict.
 *
 * @param goal the goal's name, for example {@code terminate}
 * @param pluginVersion the plugin's version
 * @param executionId the Maven execution's id
 * @param startedAt when the goal began
 * @param buildStartedAt when the build began that it belongs to
 * @param duration how long it took
 * @param request the parameters in effect, by name, in their order; values are strings, numbers,
 *     booleans and lists of strings; no secret among them
 * @param connection where we connected; null when that was never settled
 * @param server what the server said of itself; null when it was never reached
 * @param database the target; null when it was never found
 * @param results one entry per session that matched the filters
 * @param listed the sessions shown, for goals that only look
 * @param statements what was executed or, in a dry run, would have been
 * @param surroundings what belongs to it besides the sessions
 * @param verdict whether the promise holds
 */
public record GoalReport(
    String goal,
    String pluginVersion,
    String executionId,
    Instant startedAt,
    Instant buildStartedAt,
    Duration duration,
    Map<String, Object> request,
    @Nullable ConnectionSettings connection,
    @Nullable ServerInfo server,
    @Nullable DatabaseInfo database,
    List<SessionResult> results,
    List<Session> listed,
    List<String> statements,
    Surroundings surroundings,
    Verdict verdict) {

  public GoalReport {
    request = new LinkedHashMap<>(request);
    results = List.copyOf(results);
    listed = List.copyOf(listed);
    statements = List.copyOf(statements);
  }
}
