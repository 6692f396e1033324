package io.github.pgkill.host.restart;

import io.github.pgkill.host.command.Paths;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.host.HostCommand;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Debian's and Ubuntu's own tool: {@code pg_ctlcluster VERSION NAME restart}. */
final class PgCtlCluster implements ServiceManager {

  private static final Pattern NAME =
      Pattern.compile("(\\d+(?:\\.\\d+)?)[/-]([^\\s'\"/\\p{Cntrl}-][^\\s'\"/\\p{Cntrl}]*)");

  private final Tools tools;
  private final RestartTarget target;
  private final DebianClusters.Cluster cluster;

  PgCtlCluster(Tools tools, RestartTarget target) {
    this.tools = tools;
    this.target = target;
    this.cluster = cluster(named(target.serviceName()));
  }

  /** The cluster that the server is, if it is one. */
  static Optional<String> owning(Tools tools, @Nullable Path dataDirectory) {
    return DebianClusters.ask(tools)
        .flatMap(clusters -> clusters.at(dataDirectory))
        .map(DebianClusters.Cluster::words);
  }

  private static @Nullable Matcher named(@Nullable String serviceName) {
    if (serviceName == null) {
      return null;
    }
    Matcher matcher = NAME.matcher(serviceName);
    if (!matcher.matches()) {
      throw new InvalidParameter(
          "serviceName",
          "'" + serviceName.replaceAll("\\p{Cntrl}", "?") + "' is not a Debian cluster",
          "Write version and name as pg_lsclusters shows them: 15/main or 15-main.");
    }
    return matcher;
  }

  private DebianClusters.Cluster cluster(@Nullable Matcher named) {
    DebianClusters clusters =
        DebianClusters.ask(tools)
            .orElseThrow(
                () ->
                    new PgkillError(
                        "pg_lsclusters is not installed on this machine",
                        "It comes with Debian's postgresql-common; elsewhere choose another"
                            + " -Dpgkill.restartWith.",
                        null));
    Optional<DebianClusters.Cluster> found =
        named == null
            ? clusters.at(target.dataDirectory())
            : clusters.all().stream()
                .filter(c -> c.version().equals(named.group(1)) && c.name().equals(named.group(2)))
                .findFirst();
    return found.orElseThrow(
        () ->
            new PgkillFailure(
                named == null
                    ? "the server is none of the clusters that pg_lsclusters shows"
                    : "pg_lsclusters shows no cluster " + named.group(1) + "/" + named.group(2),
                "Name the server's own: -Dpgkill.serviceName=15/main"));
  }

  @Override
  public String prove() {
    Path server = target.dataDirectory();
    if (server == null || !Paths.same(server, cluster.dataDirectory())) {
      throw new PgkillFailure(
          "cluster "
              + cluster.words()
              + " has its data in "
              + cluster.dataDirectory()
              + (server == null
                  ? "; where the server has it is hidden"
                  : ", the server in " + server),
          "Name the server's own cluster: -Dpgkill.serviceName=VERSION/NAME, or nothing.");
    }
    return "cluster " + cluster.words() + " has the server's data in " + server;
  }

  @Override
  public HostCommand command() {
    return tools.command(
        target,
        List.of(
            tools.programs().require("pg_ctlcluster"),
            "-m",
            target.mode().word(),
            cluster.version(),
            cluster.name(),
            "restart"));
  }

  @Override
  public Optional<HostCommand> start() {
    return Optional.of(
        tools.command(
            target,
            List.of(
                tools.programs().require("pg_ctlcluster"),
                cluster.version(),
                cluster.name(),
                "start")));
  }

  @Override
  public Optional<Path> log() {
    return Optional.ofNullable(cluster.log());
  }
}
