package io.github.pgkill.host.restart;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.host.HostCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The old way of Linux and the BSDs: {@code service NAME restart}. */
final class SysvService implements ServiceManager {

  /** {@code service} is a shell script that takes a leading dash for an option. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.@][A-Za-z0-9_.@+-]*");

  private static final Path SYSTEMD = Path.of("/run/systemd/system");

  private final Tools tools;
  private final RestartTarget target;
  private final String name;

  SysvService(Tools tools, RestartTarget target) {
    this.tools = tools;
    this.target = target;
    this.name = ServiceNames.require(target.serviceName(), NAME, "a service's name");
  }

  @Override
  public String prove() {
    if (Files.isDirectory(SYSTEMD)) {
      // service hands it to systemctl there
      return new Systemctl(tools, target).prove();
    }
    Optional<DebianClusters> clusters =
        name.equals(ServiceNames.DEFAULT) ? DebianClusters.ask(tools) : Optional.empty();
    return clusters.isPresent()
        ? prove(clusters.get())
        : "what service " + name + " restarts is seen afterwards";
  }

  /** Debian's service is for all clusters of the machine. */
  private String prove(DebianClusters clusters) {
    DebianClusters.Cluster ours = clusters.at(target.dataDirectory()).orElse(null);
    if (ours == null) {
      throw new PgkillFailure(
          "the server is none of Debian's clusters, which is what service " + name + " restarts",
          "Choose another -Dpgkill.restartWith.");
    }
    List<String> others = others(clusters, ours);
    if (!others.isEmpty()) {
      throw new PgkillFailure(
          "service " + name + " would restart other clusters, too: " + String.join(", ", others),
          "Restart the server's own: -Dpgkill.restartWith=pg_ctlcluster");
    }
    return "service " + name + " runs one cluster, " + ours.words() + ", which is the server";
  }

  private static List<String> others(
      DebianClusters clusters, DebianClusters.@Nullable Cluster ours) {
    return clusters.all().stream()
        .filter(cluster -> cluster.online() && !cluster.equals(ours))
        .map(DebianClusters.Cluster::words)
        .toList();
  }

  @Override
  public HostCommand command() {
    return command("restart");
  }

  @Override
  public Optional<HostCommand> start() {
    return Optional.of(command("start"));
  }

  private HostCommand command(String verb) {
    return tools.command(target, List.of(tools.programs().require("service"), name, verb));
  }

  @Override
  public Optional<Path> log() {
    return Files.isDirectory(SYSTEMD)
        ? Optional.empty()
        : DebianClusters.ask(tools)
            .flatMap(clusters -> clusters.at(target.dataDirectory()))
            .map(DebianClusters.Cluster::log);
  }
}
