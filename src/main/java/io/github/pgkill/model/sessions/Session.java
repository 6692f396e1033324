package io.github.pgkill.model.sessions;

import io.github.pgkill.model.connection.Node;
import io.github.pgkill.model.text.QuerySecrets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One row of {@code pg_stat_activity} at one moment.
 *
 * @param node the server that shows it
 * @param pid process id of the backend
 * @param backendStart its start as text; null where the server hides it from this role
 * @param database the database it is connected to; null for server-wide processes
 * @param user the role that logged in; null for processes without one
 * @param superuser whether that role is a superuser now
 * @param applicationName as the client set it, so not to be trusted; empty when not set
 * @param client address and port, {@code local} for a Unix socket; null where hidden or without a
 *     client
 * @param backendType {@code client backend}, {@code walsender}, ...; null where hidden
 * @param state {@code active}, {@code idle}, ...; null where hidden or without one
 * @param age since the backend started; null where hidden
 * @param transactionAge since its transaction began; null without one or where hidden
 * @param queryAge since its current or last query began; null before the first or where hidden
 * @param stateAge since its state changed; null where hidden
 * @param waitEvent type and name, as {@code Lock:relation}; null when it does not wait
 * @param query text of the current or last query, without secrets from here on, so that nothing
 *     that shows sessions can forget it; null where hidden
 * @param queryCut whether the server cut that text at {@code track_activity_query_size}
 * @param leaderPid the leader of a parallel worker; null for all others and before PostgreSQL 13
 * @param blockedBy pids that it waits for; 0 stands for a prepared transaction
 * @param databaseOid that database's object id, whatever its name is by now; null where not known
 * @param userOid that role's object id; null where not known
 */
public record Session(
    Node node,
    int pid,
    @Nullable String backendStart,
    @Nullable String database,
    @Nullable String user,
    boolean superuser,
    String applicationName,
    @Nullable String client,
    @Nullable String backendType,
    @Nullable String state,
    @Nullable Duration age,
    @Nullable Duration transactionAge,
    @Nullable Duration queryAge,
    @Nullable Duration stateAge,
    @Nullable String waitEvent,
    @Nullable String query,
    boolean queryCut,
    @Nullable Integer leaderPid,
    List<Integer> blockedBy,
    @Nullable Long databaseOid,
    @Nullable Long userOid) {

  public Session {
    blockedBy = List.copyOf(blockedBy);
    query = QuerySecrets.masked(query);
  }

  /** Its identity; empty where the server hides the start time from this role. */
  public Optional<SessionId> id() {
    return backendStart == null
        ? Optional.empty()
        : Optional.of(new SessionId(node, pid, backendStart));
  }

  /** Its process. */
  public Backend backend() {
    return new Backend(node, pid);
  }

  /** Whether this role may see the session's details. */
  public boolean visible() {
    return backendStart != null;
  }
}
