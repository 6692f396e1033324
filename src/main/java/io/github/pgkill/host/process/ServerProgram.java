package io.github.pgkill.host.process;

import java.util.regex.Pattern;

/** What PostgreSQL's server is called as a program, packagers' renamings included. */
final class ServerProgram {

  // a title such as "postgres: role database" is a backend's, and no name of a program
  private static final Pattern NAMES =
      Pattern.compile("(.*[/\\\\])?(postgres|postmaster|edb-postgres)[\\w.-]*");

  private ServerProgram() {}

  /** Whether a path or the first argument of a process names it. */
  static boolean isNamed(String program) {
    return NAMES.matcher(program).matches();
  }
}
