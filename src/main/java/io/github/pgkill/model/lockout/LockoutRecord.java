package io.github.pgkill.model.lockout;

import io.github.pgkill.model.poolers.PausedAlias;
import io.github.pgkill.model.value.ServerText;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the server keeps of a closed database: all that is needed to open it exactly as it was, and
 * to tell whether it is this database on this server and whose lockout it is.
 *
 * @param format of the record, 1 or 2
 * @param plugin version of the plugin that wrote it; null in the first format
 * @param state how far it has come
 * @param systemIdentifier of the server; a copy of it that travelled elsewhere is not replayed
 * @param databaseOid of the database; one that was created anew under the name is another one
 * @param databaseName its name when it was closed
 * @param closedWith how it was closed
 * @param reopen when it is opened again
 * @param build whose it is
 * @param login the role as which that build logs in, by object id; null in the first format
 * @param closedAt when, by the clock of the build
 * @param before what decided who may connect, before
 * @param after the same after closing; what differs from it later is somebody else's change
 * @param comment the database's own comment, which the record took the place of; null for none
 * @param roles names of the roles in both states, by object id
 * @param nodes of a cluster that were closed with it; none as long as only primaries are
 * @param poolers what is paused for it, each a {@link io.github.pgkill.model.poolers.PausedAlias}
 */
public record LockoutRecord(
    int format,
    @Nullable String plugin,
    LockoutState state,
    String systemIdentifier,
    long databaseOid,
    String databaseName,
    CloseWith closedWith,
    Reopen reopen,
    BuildIdentity build,
    @Nullable Long login,
    Instant closedAt,
    DatabaseState before,
    DatabaseState after,
    @Nullable ServerText comment,
    Map<Long, String> roles,
    List<Map<String, String>> nodes,
    List<Map<String, String>> poolers) {

  public LockoutRecord {
    roles = Map.copyOf(roles);
    nodes = List.copyOf(nodes);
    poolers = List.copyOf(poolers);
  }

  /** What is paused for it, as far as this version understands it. */
  public List<PausedAlias> paused() {
    return poolers.stream().flatMap(part -> PausedAlias.read(part).stream()).toList();
  }

  /** The same lockout with another comment of the database's own to give back. */
  public LockoutRecord withComment(@Nullable ServerText other) {
    return with(state, before, after, other);
  }

  /** The same once the database is open, and its poolers may still be paused. */
  public LockoutRecord resuming(DatabaseState open) {
    return with(LockoutState.RESUMING, open, open, comment);
  }

  private LockoutRecord with(
      LockoutState otherState,
      DatabaseState otherBefore,
      DatabaseState otherAfter,
      @Nullable ServerText otherComment) {
    return new LockoutRecord(
        format,
        plugin,
        otherState,
        systemIdentifier,
        databaseOid,
        databaseName,
        closedWith,
        reopen,
        build,
        login,
        closedAt,
        otherBefore,
        otherAfter,
        otherComment,
        roles,
        nodes,
        poolers);
  }
}
