package io.github.pgkill.host.restart;

import io.github.pgkill.model.host.HostCommand;
import java.util.List;
import java.util.Optional;

/** A program of the user's own, whatever it is. */
final class OwnCommand implements ServiceManager {

  private final Tools tools;
  private final RestartTarget target;
  private final List<String> argv;

  OwnCommand(Tools tools, RestartTarget target, List<String> argv) {
    this.tools = tools;
    this.target = target;
    this.argv = argv;
  }

  @Override
  public String prove() {
    return "whether the command restarts the server is seen afterwards";
  }

  @Override
  public HostCommand command() {
    return tools.command(target, argv);
  }

  /** What it does besides, and whether it may be done twice, is not for us to know. */
  @Override
  public Optional<HostCommand> start() {
    return Optional.empty();
  }
}
