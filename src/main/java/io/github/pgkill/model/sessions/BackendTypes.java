package io.github.pgkill.model.sessions;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Kinds of processes, as {@code pg_stat_activity.backend_type} names them. */
public final class BackendTypes {

  /** Clients, and the kinds that are the server's own and can be connected to a database. */
  private static final Set<String> NO_EXTENSIONS =
      Set.of(
          SessionFilter.CLIENT_BACKEND,
          "autovacuum worker",
          "walsender",
          "parallel worker",
          "logical replication worker",
          "logical replication apply worker",
          "logical replication parallel worker",
          "logical replication tablesync worker");

  private BackendTypes() {}

  /**
   * Whether it is an extension's background worker. Some are started anew as soon as they end, and
   * others, such as that of pg_cron, only when the server starts.
   *
   * @param type null where it is hidden
   */
  public static boolean isExtensions(@Nullable String type) {
    return type != null && !NO_EXTENSIONS.contains(type);
  }
}
