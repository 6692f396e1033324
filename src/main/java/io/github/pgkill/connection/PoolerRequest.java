package io.github.pgkill.connection;

import io.github.pgkill.connection.build.BuildConnection;
import io.github.pgkill.connection.environment.Origin;
import io.github.pgkill.connection.environment.ServerCredentials;
import io.github.pgkill.connection.libpq.ConnectionUrl;
import io.github.pgkill.connection.libpq.HostList;
import io.github.pgkill.connection.libpq.Keywords;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.connection.PoolerAccess;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the parameters say about the poolers before the server.
 *
 * @param consoles {@code host:port} of each admin console
 * @param server the credentials that {@code poolersServerId} names; null when it is not set
 * @param mayPause consent to pause everybody behind them
 * @param usedByThisBuild what this build's own tools connect to
 */
public record PoolerRequest(
    List<String> consoles,
    @Nullable ServerCredentials server,
    boolean mayPause,
    List<BuildConnection> usedByThisBuild) {

  /** There are none. */
  public static final PoolerRequest NONE = new PoolerRequest(List.of(), null, false, List.of());

  public PoolerRequest {
    consoles = List.copyOf(consoles);
    usedByThisBuild = List.copyOf(usedByThisBuild);
  }

  /**
   * The same, read.
   *
   * @throws InvalidParameter when a console cannot be read, or nobody says who administers it
   */
  PoolerAccess resolve() {
    if (consoles.isEmpty()) {
      return PoolerAccess.NONE;
    }
    if (server == null || server.username() == null) {
      throw new InvalidParameter(
          "poolersServerId",
          server == null
              ? "is not set, and poolers names consoles"
              : "names server " + server.serverId() + " of settings.xml, which has no username",
          "Add a server with the username and password of one of PgBouncer's admin_users to"
              + " settings.xml, and its id: -Dpgkill.poolersServerId=...");
    }
    return new PoolerAccess(
        consoles.stream().map(HostList::pooler).distinct().toList(),
        server.username(),
        server.password(),
        mayPause,
        usedByThisBuild.stream().flatMap(PoolerRequest::hosts).distinct().toList());
  }

  /** Where a tool connects to; nowhere by a URL that is none of PostgreSQL's. */
  private static Stream<HostAddress> hosts(BuildConnection tool) {
    try {
      Keywords url = ConnectionUrl.read(Origin.named(tool.origin()), tool.url(), new ArrayList<>());
      return HostList.of(url, port -> HostList.DEFAULT_HOST).stream();
    } catch (PgkillFailure e) {
      // the tool itself will say so
      return Stream.empty();
    }
  }
}
