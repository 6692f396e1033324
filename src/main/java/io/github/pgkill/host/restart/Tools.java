package io.github.pgkill.host.restart;

import io.github.pgkill.host.command.CommandRunner;
import io.github.pgkill.host.command.Programs;
import io.github.pgkill.model.host.CommandResult;
import io.github.pgkill.model.host.HostCommand;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What the methods have in common: finding programs, and asking them. */
final class Tools {

  private static final Duration QUESTION = Duration.ofSeconds(15);

  /** What a command may take beyond the time that the server has to be ready. */
  static final Duration MARGIN = Duration.ofSeconds(3);

  private final Programs programs;
  private final CommandRunner runner;

  Tools(Programs programs, CommandRunner runner) {
    this.programs = programs;
    this.runner = runner;
  }

  Programs programs() {
    return programs;
  }

  /** Runs something that changes nothing. */
  CommandResult ask(String program, String... arguments) {
    List<String> argv = new ArrayList<>(List.of(programs.require(program)));
    argv.addAll(List.of(arguments));
    return runner.run(HostCommand.of(argv, QUESTION));
  }

  /** The same as root without ever asking for a password, where the user wants that. */
  List<String> elevated(RestartTarget target, List<String> argv) {
    if (!target.sudo()) {
      return argv;
    }
    List<String> prefixed = new ArrayList<>(List.of(sudo(), "-n", "--"));
    prefixed.addAll(argv);
    return prefixed;
  }

  /** Where it is missing, that is told when it is to run, so that a dry run needs none. */
  String sudo() {
    return programs.find("sudo").map(Path::toString).orElse("sudo");
  }

  /** The command that may take as long as the server has to be ready, and a little more. */
  HostCommand command(RestartTarget target, List<String> argv) {
    return HostCommand.of(elevated(target, argv), target.readyTimeout().plus(MARGIN));
  }
}
