package io.github.pgkill.connection.environment;

import java.io.File;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the process inherited that may say something about a connection.
 *
 * @param variables environment variables
 * @param home the user's home directory
 * @param osUser the operating system's name for the user
 */
public record Environment(Map<String, String> variables, Path home, String osUser) {

  public Environment {
    variables = Map.copyOf(variables);
  }

  /** The environment of this process. */
  public static Environment ofProcess() {
    return new Environment(
        System.getenv(), Path.of(System.getProperty("user.home")), System.getProperty("user.name"));
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
