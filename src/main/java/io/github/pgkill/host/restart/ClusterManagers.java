package io.github.pgkill.host.restart;

import io.github.pgkill.host.process.LocalServer;
import io.github.pgkill.host.process.PostmasterProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Recognises what keeps a server as part of a cluster, and would take a restart behind its back for
 * a failure: by processes, by what it leaves beside the data, by how it starts the server.
 */
public final class ClusterManagers {

  private ClusterManagers() {}

  /** One kind of manager and how its processes are told. */
  private record Manager(String name, Predicate<PostmasterProcess.Ancestor> process) {}

  private static final List<Manager> MANAGERS =
      List.of(
          new Manager("Patroni", ClusterManagers::patroni),
          new Manager("Pacemaker", p -> p.name().matches("pacemakerd|pacemaker-execd|lrmd")),
          new Manager("repmgr", p -> p.name().equals("repmgrd")),
          new Manager("Stolon", p -> p.name().equals("stolon-keeper")),
          new Manager("pg_auto_failover", p -> p.name().equals("pg_autoctl")),
          new Manager("CloudNativePG", p -> p.words().startsWith("/controller/manager ")));

  private static boolean patroni(PostmasterProcess.Ancestor process) {
    // a Python script: python3 /usr/bin/patroni /etc/patroni.yml
    return process.name().equals("patroni")
        || process.words().matches("(\\S*/)?python[0-9.]* (-\\S+ )*\\S*/patroni( .*)?");
  }

  /**
   * What manages the server, with the sign by which it was told; empty where there is none.
   *
   * @param server the server on this host; null where it is not to be seen here
   */
  public static Optional<String> find(@Nullable LocalServer server) {
    Optional<String> byProcess =
        PostmasterProcess.everything().flatMap(ClusterManagers::sign).findFirst();
    if (byProcess.isPresent() || server == null) {
      return byProcess;
    }
    return beside(server.dataDirectory()).or(() -> started(server.postmaster()));
  }

  static Stream<String> sign(PostmasterProcess.Ancestor process) {
    return MANAGERS.stream()
        .filter(manager -> manager.process().test(process))
        .map(
            manager -> manager.name() + " (process " + process.pid() + ", " + process.name() + ")");
  }

  private static Optional<String> beside(@Nullable Path dataDirectory) {
    if (dataDirectory == null) {
      return Optional.empty();
    }
    return file("Patroni", dataDirectory.resolve("patroni.dynamic.json"))
        .or(() -> file("Patroni", dataDirectory.resolve("postgresql.base.conf")))
        .or(() -> file("repmgr", dataDirectory.resolve("pg_stat/repmgrd_state.txt")))
        .or(() -> file("Stolon", dataDirectory.resolveSibling("keeperstate")));
  }

  private static Optional<String> file(String manager, Path sign) {
    return Files.exists(sign) ? Optional.of(manager + " (" + sign + ")") : Optional.empty();
  }

  /** Patroni alone gives a server all that its standbys must agree on as arguments. */
  private static Optional<String> started(PostmasterProcess postmaster) {
    List<String> arguments = postmaster.arguments();
    boolean all =
        Stream.of("--cluster_name=", "--hot_standby=", "--wal_level=")
            .allMatch(option -> arguments.stream().anyMatch(word -> word.startsWith(option)));
    return all ? Optional.of("Patroni (the server's arguments)") : Optional.empty();
  }
}
