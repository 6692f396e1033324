package io.github.pgkill.postgres.sessions;

import io.github.pgkill.model.connection.Endpoint;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.sessions.SessionName;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A member of a chain of sessions that wait for each other's locks.
 *
 * @param pid its backend
 * @param id its identity; null where the server hides from this role when it began
 * @param database where it is connected; null for processes of the server
 * @param user the role that logged in; null for processes of the server
 * @param applicationName as the client set it
 * @param backendType what kind of process; null where hidden
 * @param state what it does; null where hidden
 * @param client where it comes from; empty over a Unix socket or where hidden
 * @param transactionAge since its transaction began; null where hidden
 * @param blockedBy pids that it waits for; 0 stands for a prepared transaction
 */
public record LockChainMember(
    int pid,
    @Nullable SessionId id,
    @Nullable String database,
    @Nullable String user,
    String applicationName,
    @Nullable String backendType,
    @Nullable String state,
    Optional<Endpoint> client,
    @Nullable Duration transactionAge,
    List<Integer> blockedBy) {

  public LockChainMember {
    blockedBy = List.copyOf(blockedBy);
  }

  /** It in a few words. */
  public String described() {
    return SessionName.of(pid, user == null ? backendType : user, applicationName)
        + (state == null ? "" : ", " + state);
  }
}
