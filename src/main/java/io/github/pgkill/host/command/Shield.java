package io.github.pgkill.host.command;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Keeps from a program what ends a build: the signals that a terminal sends to everything in its
 * foreground, and the loss of the pipe that the program writes to. A program that sets itself up
 * for a signal all the same, as pg_ctl does while a server starts, is out of its reach only in a
 * session of its own.
 */
final class Shield {

  /** No word of the program is read by the shell. */
  private static final String SCRIPT = "trap '' HUP INT QUIT PIPE; exec \"$@\"";

  /** The same for one that goes on when the machine asks everybody to end. */
  private static final String LAST_SCRIPT = "trap '' HUP INT QUIT PIPE TERM; exec \"$@\"";

  /** They look for the terminal, by which they remember who has typed a password. */
  private static final Set<String> OF_THE_TERMINAL = Set.of("sudo", "doas");

  private final Programs programs;

  Shield(Programs programs) {
    this.programs = programs;
  }

  /** That command behind the shield; as it is where the host has no shell, or not the program. */
  List<String> around(List<String> argv) {
    return around(argv, SCRIPT);
  }

  /** That command behind a shield that only SIGKILL and its own end get past. */
  List<String> aroundTheLast(List<String> argv) {
    return around(argv, LAST_SCRIPT);
  }

  private List<String> around(List<String> argv, String script) {
    Optional<Path> shell = programs.find("sh");
    File program = new File(argv.get(0));
    if (shell.isEmpty() || !runs(program)) {
      return argv;
    }
    List<String> wrapped = new ArrayList<>();
    if (!OF_THE_TERMINAL.contains(program.getName())) {
      programs.find("setsid").map(Path::toString).ifPresent(wrapped::add);
    }
    wrapped.addAll(List.of(shell.get().toString(), "-c", script, "sh"));
    wrapped.addAll(argv);
    return wrapped;
  }

  /** What is missing is missed best by whoever starts it. */
  private boolean runs(File program) {
    return program.getParent() == null
        ? programs.find(program.getName()).isPresent()
        : program.canExecute();
  }
}
