package io.github.pgkill.host.restart;

import io.github.pgkill.host.command.CommandRunner;
import io.github.pgkill.host.command.Programs;
import io.github.pgkill.host.process.HostProcess;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.host.RestartWith;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Chooses the way to restart a server: the one that is asked for, or the one that owns it. */
public final class ServiceManagers {

  /** Adopts what others started and left; pg_ctl leaves the server it started. */
  private static final Pattern ADOPTS =
      Pattern.compile(
          "systemd|init|launchd|tini|dumb-init|docker-init|catatonit|containerd-shim.*");

  /** Starts again what ends, even where it is the first process of a container. */
  private static final Pattern SUPERVISES =
      Pattern.compile("supervisord|s6-.*|runsv.*|runit.*|monit|circusd|foreman|overmind");

  private final Tools tools;

  public ServiceManagers(Programs programs, CommandRunner runner) {
    this.tools = new Tools(programs, runner);
  }

  /**
   * The way to restart it.
   *
   * @param command the user's own program, for {@link RestartWith#COMMAND}
   * @throws PgkillFailure when nothing is asked for and it cannot be told what owns the server
   */
  public ServiceManager choose(RestartWith with, RestartTarget target, List<String> command) {
    return switch (with) {
      case AUTO -> owner(target);
      case SYSTEMCTL -> new Systemctl(tools, target);
      case SERVICE -> new SysvService(tools, target);
      case BREW -> new Brew(tools, target);
      case PG_CTLCLUSTER -> new PgCtlCluster(tools, target);
      case PG_CTL -> new PgCtl(tools, target);
      case DOCKER -> new Docker(tools, target);
      case COMMAND -> new OwnCommand(tools, target, command);
      case PATRONI -> throw new IllegalStateException("Patroni is no program of this host");
    };
  }

  private ServiceManager owner(RestartTarget target) {
    HostProcess postmaster = target.seen();
    Optional<String> unit = Systemctl.owning(tools, postmaster);
    if (unit.isPresent()) {
      return new Systemctl(tools, named(target, unit.get()));
    }
    Optional<String> cluster = PgCtlCluster.owning(tools, target.dataDirectory());
    if (cluster.isPresent()) {
      return new PgCtlCluster(tools, named(target, cluster.get()));
    }
    Optional<String> formula = Brew.owning(tools, postmaster);
    if (formula.isPresent()) {
      return new Brew(tools, named(target, formula.get()));
    }
    requireNoSupervisor(postmaster);
    requireStartedByPgCtl(target.dataDirectory());
    return new PgCtl(tools, target);
  }

  /** The user's word first: when it names something else, the proof says so. */
  private static RestartTarget named(RestartTarget target, String found) {
    return target.serviceName() != null
        ? target
        : new RestartTarget(
            target.postmaster(),
            target.dataDirectory(),
            found,
            target.mode(),
            target.readyTimeout(),
            target.sudo());
  }

  private static void requireNoSupervisor(HostProcess postmaster) {
    if (postmaster.pid() == 1) {
      throw unclear("the server is the first process of this container, which ends with it");
    }
    postmaster.parent().ifPresent(ServiceManagers::requireNoSupervisorIn);
  }

  private static void requireNoSupervisorIn(HostProcess parent) {
    String name = parent.name();
    if (SUPERVISES.matcher(name).matches()
        || (parent.pid() != 1 && !ADOPTS.matcher(name).matches())) {
      throw unclear(
          "the server was started by "
              + (name.isEmpty() ? "a process" : name)
              + " (pid "
              + parent.pid()
              + "), which may start it again itself");
    }
  }

  private static void requireStartedByPgCtl(@Nullable Path dataDirectory) {
    if (dataDirectory == null) {
      throw unclear(
          "no unit of systemd, no Debian cluster and no formula of Homebrew runs the server, and it"
              + " hides from this role where its data is");
    }
    // who may not look into the directory may not restart with pg_ctl, which says so itself
    if (Files.isReadable(dataDirectory)
        && Files.notExists(dataDirectory.resolve("postmaster.opts"))) {
      throw unclear("the server in " + dataDirectory + " left no postmaster.opts to start it by");
    }
  }

  private static PgkillFailure unclear(String found) {
    return new PgkillFailure(
        "cannot tell what owns the server: " + found,
        "Say what restarts it: -Dpgkill.restartWith=systemctl, service, brew, pg_ctlcluster, pg_ctl,"
            + " docker or command.");
  }
}
