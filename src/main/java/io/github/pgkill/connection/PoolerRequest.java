package io.github.pgkill.connection;

import io.github.pgkill.connection.build.BuildConnection;
import io.github.pgkill.connection.environment.ServerCredentials;
import io.github.pgkill.connection.libpq.ConnectionUrl;
import io.github.pgkill.connection.libpq.HostList;
import io.github.pgkill.connection.libpq.Keywords;
import io.github.pgkill.connection.environment.Origin;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.connection.PoolerAccess;
import io.github.pgkill.model.failure.InvalidParameter;
import java.util.List;
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
}
