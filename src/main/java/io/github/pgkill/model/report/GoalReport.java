package io.github.pgkill.model.report;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.server.ServerInfo;
import io.github.pgkill.model.sessions.ListedSession;
import io.github.pgkill.model.sessions.SessionResult;
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
 * @param results one entry per session that matched the filters, once the goal began to end them
 * @param listed sessions that nobody signalled: those shown by goals that only look, and those of a
 *     goal that changed nothing, because it was a dry run or refused
 * @param statements what was executed or would have been, in this order
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
    List<ListedSession> listed,
    List<Statement> statements,
    Surroundings surroundings,
    Verdict verdict) {

  public GoalReport {
    request = new LinkedHashMap<>(request);
    results = List.copyOf(results);
    listed = List.copyOf(listed);
    statements = List.copyOf(statements);
  }
}
