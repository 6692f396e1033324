package io.github.pgkill.host.restart;

import io.github.pgkill.host.process.HostProcess;
import io.github.pgkill.host.process.LocalServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Recognises what keeps a server as part of a cluster, and would take a restart behind its back for
 * a failure: by processes, by what it leaves beside the data, by how it starts the server.
 */
public final class ClusterManagers {

  private ClusterManagers() {}

  /**
   * One kind of manager.
   *
   * @param process tells its processes by the program's name and the whole command line
   */
  private record Manager(String name, BiPredicate<String, String> process) {}

  private static final List<Manager> MANAGERS =
      List.of(
          new Manager("Patroni", ClusterManagers::patroni),
          new Manager(
              "Pacemaker", (name, words) -> name.matches("pacemakerd|pacemaker-execd|lrmd")),
          new Manager("repmgr", (name, words) -> name.equals("repmgrd")),
          new Manager("Stolon", (name, words) -> name.equals("stolon-keeper")),
          new Manager("pg_auto_failover", (name, words) -> name.equals("pg_autoctl")),
          new Manager("CloudNativePG", (name, words) -> words.startsWith("/controller/manager ")));

  private static boolean patroni(String name, String words) {
    // a Python script: python3 /usr/bin/patroni /etc/patroni.yml
    return name.equals("patroni")
        || words.matches("(\\S*/)?python[0-9.]* (-\\S+ )*\\S*/patroni( .*)?");
  }

  /**
   * What manages the server, with the sign by which it was told; empty where there is none.
   *
   * @param server the server on this host; null where it is not to be seen here
   */
  public static Optional<String> find(@Nullable LocalServer server) {
    Optional<String> byProcess =
        HostProcess.all().flatMap(p -> sign(p.pid(), p.name(), p.words())).findFirst();
    if (byProcess.isPresent() || server == null) {
      return byProcess;
    }
    return beside(server.dataDirectory()).or(() -> started(server.postmaster()));
  }

  static Stream<String> sign(long pid, String name, String words) {
    return MANAGERS.stream()
        .filter(manager -> manager.process().test(name, words))
        .map(manager -> manager.name() + " (process " + pid + ", " + name + ")");
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
  private static Optional<String> started(HostProcess postmaster) {
    List<String> arguments = postmaster.arguments();
    boolean all =
        Stream.of("--cluster_name=", "--hot_standby=", "--wal_level=")
            .allMatch(option -> arguments.stream().anyMatch(word -> word.startsWith(option)));
    return all ? Optional.of("Patroni (the server's arguments)") : Optional.empty();
  }
}
