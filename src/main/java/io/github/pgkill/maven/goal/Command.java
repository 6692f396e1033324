package io.github.pgkill.maven.goal;

import io.github.pgkill.model.failure.InvalidParameter;
import java.util.List;

/** {@code <command>} with {@code <argv>}, or with its words as {@code <arg>}s. */
public final class Command extends Step {

  /** The program and its arguments. */
  public void setArgv(List<String> argv) {
    setCommand(argv);
  }

  /** One more word. */
  public void addArg(String argument) {
    addArgument(argument);
  }

  /** The element's own text, which would be a shell line; Maven calls it. */
  public void set(String line) {
    throw new InvalidParameter(
        "command",
        "'" + line + "' is a line, and no shell reads it",
        "Write its words one by one: <command><argv><arg>program</arg><arg>...</arg></argv>"
            + "</command>.");
  }
}
