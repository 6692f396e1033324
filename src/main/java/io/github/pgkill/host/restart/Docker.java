package io.github.pgkill.host.restart;

import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.host.HostCommand;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A container: {@code docker restart CONTAINER}, or podman where there is no docker. */
final class Docker implements ServiceManager {

  private final Tools tools;
  private final RestartTarget target;
  private final String container;

  Docker(Tools tools, RestartTarget target) {
    this.tools = tools;
    this.target = target;
    if (target.serviceName() == null) {
      throw new InvalidParameter(
          "serviceName",
          "restartWith=docker needs a container",
          "Name it: -Dpgkill.serviceName=CONTAINER");
    }
    this.container = target.serviceName();
  }

  @Override
  public String prove() {
    return "whether container " + container + " holds the server is seen afterwards";
  }

  @Override
  public HostCommand command() {
    // unless it is given time, a server that does not stop within 10 seconds is killed
    String seconds = Long.toString(Math.max(1, target.readyTimeout().toSeconds()));
    return tools.command(target, List.of(program(), "restart", "-t", seconds, "--", container));
  }

  @Override
  public Optional<HostCommand> start() {
    return Optional.of(tools.command(target, List.of(program(), "start", "--", container)));
  }

  private String program() {
    return tools
        .programs()
        .find("docker")
        .or(() -> tools.programs().find("podman"))
        .map(Path::toString)
        .orElseGet(() -> tools.programs().require("docker"));
  }
}
