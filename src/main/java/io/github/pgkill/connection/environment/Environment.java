package io.github.pgkill.connection.environment;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the process inherited that may say something about a connection.
 *
 * @param variables environment variables
 * @param home the user's home directory
 * @param osUser the operating system's name for the user
 * @param socketDirectories where servers of this machine have their Unix sockets by default
 */
public record Environment(
    Map<String, String> variables, Path home, String osUser, List<Path> socketDirectories) {

  /** Debian's and Red Hat's, then PostgreSQL's own. */
  private static final List<Path> SOCKET_DIRECTORIES =
      File.separatorChar == '/' ? List.of(Path.of("/run/postgresql"), Path.of("/tmp")) : List.of();

  public Environment {
    variables = Map.copyOf(variables);
    socketDirectories = List.copyOf(socketDirectories);
  }

  /** One without any default directory of Unix sockets. */
  public Environment(Map<String, String> variables, Path home, String osUser) {
    this(variables, home, osUser, List.of());
  }

  /** The environment of this process. */
  public static Environment ofProcess() {
    return new Environment(
        System.getenv(),
        Path.of(System.getProperty("user.home")),
        System.getProperty("user.name"),
        SOCKET_DIRECTORIES);
  }

  /** A variable's value; as for libpq, a variable without a value is not set. */
  public Optional<String> variable(String name) {
    return Optional.ofNullable(variables.get(name)).filter(value -> !value.isEmpty());
  }

  /** Where libpq looks for a user's file: the home directory, or on Windows {@code %APPDATA%}. */
  public Path userFile(String unixName, String windowsName) {
    @Nullable String applicationData = variables.get("APPDATA");
    return File.separatorChar == '\\' && applicationData != null
        ? Path.of(applicationData, "postgresql", windowsName)
        : home.resolve(unixName);
  }

  /** Never lists the variables: passwords are among them. */
  @Override
  public String toString() {
    return "Environment[home=" + home + ", osUser=" + osUser + "]";
  }
}
