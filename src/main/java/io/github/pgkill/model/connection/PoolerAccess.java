package io.github.pgkill.model.connection;

import io.github.pgkill.model.value.Secret;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The connection poolers that stand before a server, as the user names them.
 *
 * @param consoles where PgBouncer's admin consoles are; none where no pooler is to be told anything
 * @param user who administers them; null where there are none
 * @param password that user's password
 * @param mayPause consent to pause everybody behind them
 * @param usedByThisBuild where this build's own Flyway and Liquibase connect to
 */
public record PoolerAccess(
    List<HostAddress> consoles,
    @Nullable String user,
    @Nullable Secret password,
    boolean mayPause,
    List<HostAddress> usedByThisBuild) {

  /** Nobody named a pooler. */
  public static final PoolerAccess NONE = new PoolerAccess(List.of(), null, null, false, List.of());

  public PoolerAccess {
    consoles = List.copyOf(consoles);
    usedByThisBuild = List.copyOf(usedByThisBuild);
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return consoles.isEmpty();
  }
}
