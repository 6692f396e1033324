package io.github.pgkill.job.restart;

import io.github.pgkill.host.build.ThisHost;
import io.github.pgkill.host.process.LocalServer;
import io.github.pgkill.host.restart.ClusterManagers;
import io.github.pgkill.host.restart.RestartTarget;
import io.github.pgkill.host.restart.ServerLog;
import io.github.pgkill.host.restart.ServiceManager;
import io.github.pgkill.host.restart.ServiceManagers;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.host.HostCommand;
import io.github.pgkill.model.host.RestartWith;
import io.github.pgkill.model.server.InstanceInfo;
import io.github.pgkill.model.sessions.Session;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The command that restarts the server in the URL and no other, as far as that can be proved before
 * it runs.
 *
 * @param command what runs
 * @param start what starts the server where that left it down; empty where only the user knows
 * @param server the server on this host; null where it is not to be seen here
 * @param proof what was proved, in words
 * @param log where to look for what the server says meanwhile
 */
record RestartPlan(
    HostCommand command,
    Optional<HostCommand> start,
    @Nullable LocalServer server,
    String proof,
    ServerLog log) {

  /** Finds the server on this host, and what restarts it. */
  static RestartPlan of(
      ServiceManagers managers,
      ConnectionSettings settings,
      HostAddress dialled,
      RestartOptions options,
      InstanceInfo instance,
      List<Session> everybody) {
    @Nullable LocalServer server =
        options.provableBefore() ? local(dialled, options, instance) : null;
    refuseManaged(options, instance, server, everybody);
    ServiceManager manager =
        managers.choose(options.with(), target(options, server), options.command());
    String proof = manager.prove();
    Optional<Path> log = manager.log();
    return new RestartPlan(
        masked(manager.command(), settings),
        manager.start().map(command -> masked(command, settings)),
        server,
        proof,
        ServerLog.from(log, server));
  }

  private static HostCommand masked(HostCommand command, ConnectionSettings settings) {
    return settings.password() == null ? command : command.withSecret(settings.password());
  }

  /** Whether the old server still runs, or the new one does already, as far as can be seen. */
  boolean lives() {
    return server != null && server.held();
  }

  /** What somebody can do about a server that is down. */
  String startedBy() {
    return start
        .map(starting -> "Start it: " + starting.described())
        .orElseGet(
            () ->
                "Start it by hand; whether "
                    + command.described()
                    + " may be run a second time, only you can know");
  }

  /** Others of the URL's hosts may be anywhere: this one answered. */
  private static LocalServer local(
      HostAddress dialled, RestartOptions options, InstanceInfo instance) {
    if (!dialled.unixSocket() && !ThisHost.is(dialled.dialled())) {
      throw new PgkillFailure(
          "host " + dialled.dialled() + " is not this machine, where the restart would happen",
          "Run the build on the server's host, or restart it there with"
              + " -Dpgkill.restartWith=command.");
    }
    if (dialled.port() != instance.port()) {
      throw new PgkillFailure(
          "port "
              + dialled.port()
              + " leads to a server that listens on port "
              + instance.port()
              + ": a container's, or one behind a tunnel",
          "Use -Dpgkill.restartWith=docker or command.");
    }
    return LocalServer.answering(instance, options.dataDirectory());
  }

  private static void refuseManaged(
      RestartOptions options,
      InstanceInfo instance,
      @Nullable LocalServer server,
      List<Session> everybody) {
    if (options.with() == RestartWith.COMMAND) {
      return;
    }
    Optional<String> manager =
        instance.cloudNative()
            ? Optional.of("CloudNativePG (its settings)")
            : everybody.stream()
                .filter(session -> session.applicationName().startsWith("Patroni"))
                .findFirst()
                .map(session -> "Patroni (its session, pid " + session.pid() + ")")
                .or(() -> ClusterManagers.find(server));
    if (manager.isPresent()) {
      throw new PgkillFailure(
          "the server is, or may be, managed by "
              + manager.get()
              + ", which would take a restart behind its back for a failure",
          "Have Patroni restart it: -Dpgkill.restartWith=patroni"
              + " -Dpgkill.patroni=http://host:8008; for another manager use its own tool with"
              + " -Dpgkill.restartWith=command.");
    }
  }

  private static RestartTarget target(RestartOptions options, @Nullable LocalServer server) {
    return new RestartTarget(
        server == null ? null : server.postmaster(),
        server == null ? null : server.dataDirectory(),
        options.serviceName(),
        options.shutdownMode(),
        options.readyTimeout(),
        options.sudo());
  }
}
