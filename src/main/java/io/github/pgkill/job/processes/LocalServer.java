package io.github.pgkill.job.processes;

import io.github.pgkill.host.process.BackendProcess;
import io.github.pgkill.host.process.Clocks;
import io.github.pgkill.host.process.Inspected;
import io.github.pgkill.host.process.Instance;
import io.github.pgkill.host.process.Postmaster;
import io.github.pgkill.model.GuardRefusal;
import io.github.pgkill.model.HostFacts;
import io.github.pgkill.model.PgkillFailure;
import io.github.pgkill.postgres.core.Server;
import org.jspecify.annotations.Nullable;

/**
 * Proves that the server we are connected to is one of this machine's processes: port and start of
 * its {@code postmaster.pid} are those that the server tells, and the process that serves our own
 * connection, by the port that we connected from, is its child.
 */
final class LocalServer {

  private LocalServer() {}

  /**
   * Its process.
   *
   * @param dataDirectory where the user says it is; null to ask the server
   * @throws PgkillFailure when it is not provably a server of this machine
   */
  static Postmaster prove(Server server, HostFacts facts, @Nullable String dataDirectory) {
    Instance instance = Instance.in(directory(server, facts, dataDirectory));
    if (instance.port() != facts.port()) {
      throw another(
          instance,
          "it listens on port " + instance.port() + ", the server in the URL on " + facts.port());
    }
    Postmaster postmaster = Postmaster.of(instance);
    if (!postmaster.startedAt(facts.startedAt())) {
      throw another(
          instance,
          "it began at "
              + instance.startedAt()
              + ", the server in the URL at "
              + facts.startedAt());
    }
    Inspected own = postmaster.inspect(server.info().self().pid());
    String doubt =
        own instanceof Inspected.Backend backend
            ? doubt(backend.process(), facts)
            : "our own session is not among its processes";
    if (doubt != null) {
      throw another(instance, doubt);
    }
    return postmaster;
  }

  private static String directory(Server server, HostFacts facts, @Nullable String given) {
    String directory = given == null ? facts.dataDirectory() : given;
    if (directory == null) {
      throw new PgkillFailure(
          "the server does not tell this role where its data directory is",
          "Name it: -Dpgkill.dataDirectory=..., or GRANT pg_read_all_settings TO "
              + server.info().role()
              + ";");
    }
    return directory;
  }

  private static @Nullable String doubt(BackendProcess own, HostFacts facts) {
    if (facts.ownStart() != null && !Clocks.agree(own.startedAt(), facts.ownStart())) {
      return "the process with our session's pid began at " + own.startedAt();
    }
    boolean titled =
        own.title()
            .map(title -> title.fits(facts.ownRole(), facts.ownDatabase(), facts.ownClient()))
            .orElse(true);
    return titled ? null : "the process with our session's pid serves somebody else";
  }

  private static GuardRefusal another(Instance instance, String why) {
    return new GuardRefusal(
        "the server in data directory "
            + instance.dataDirectory()
            + " is not provably the one in the URL: "
            + why,
        "Name the data directory of the server in the URL (-Dpgkill.dataDirectory=...), and run"
            + " this goal on that server's machine, neither through a tunnel nor into a container.");
  }
}
