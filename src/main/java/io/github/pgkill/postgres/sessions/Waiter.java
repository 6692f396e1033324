package io.github.pgkill.postgres.sessions;

import io.github.pgkill.model.connection.Endpoint;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.sessions.SessionName;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A session that may be waiting for a lock.
 *
 * @param pid its backend
 * @param id its identity; null where the server hides from this role when it began
 * @param user the role that logged in
 * @param applicationName as the client set it
 * @param client where it comes from; empty over a Unix socket or where hidden
 * @param named whether it calls itself so, or has the process id, as the program that was asked for
 * @param ofRoles whether a role that was asked for logged in; true where none was
 * @param waits whether it waits for a lock now
 */
public record Waiter(
    int pid,
    @Nullable SessionId id,
    String user,
    String applicationName,
    Optional<Endpoint> client,
    boolean named,
    boolean ofRoles,
    boolean waits) {

  /** It in a few words. */
  public String described() {
    return SessionName.of(pid, user, applicationName);
  }
}
