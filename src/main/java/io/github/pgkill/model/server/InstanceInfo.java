package io.github.pgkill.model.server;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One running instance as it says of itself: which it is, where it lives on its host, and since
 * when it runs.
 *
 * @param systemIdentifier the same before and after a restart; null where this role may not ask
 * @param startedAt when its first process began, to the microsecond
 * @param standby whether it is in recovery
 * @param port the port that it listens on
 * @param dataDirectory null where this role may not ask
 * @param serving the process behind our own connection
 * @param restartsAfterCrash whether it comes back by itself after a crash
 * @param cloudNative whether CloudNativePG configured it
 */
public record InstanceInfo(
    @Nullable String systemIdentifier,
    Instant startedAt,
    boolean standby,
    int port,
    @Nullable String dataDirectory,
    Serving serving,
    boolean restartsAfterCrash,
    boolean cloudNative) {

  /**
   * The process that serves us, on the server's host.
   *
   * @param startedAt when it began; null where this role may not see
   * @param role the role that logged in
   * @param database the database that it is connected to
   * @param client where the connection comes from: {@code local}, or {@code address:port}
   */
  public record Serving(
      int pid, @Nullable Instant startedAt, String role, String database, String client) {}
}
