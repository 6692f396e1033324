package io.github.pgkill.connection;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a build says that may hold another tool's connection.
 *
 * @param configuration the tool's plugin configuration: element names to their text, the items of a
 *     list joined by commas; empty where there is none
 * @param projectProperties the properties of the POM, profiles and settings
 * @param userProperties what was typed with {@code -D}; wins over the project's
 * @param baseDirectory the directory that relative file names start from
 * @param servers the decrypted credentials of settings.xml, by server id
 * @param environment the process around it
 * @param spring what Spring's application takes from the project
 */
public record BuildContext(
    Map<String, String> configuration,
    Map<String, String> projectProperties,
    Map<String, String> userProperties,
    Path baseDirectory,
    Function<String, Optional<ServerCredentials>> servers,
    Environment environment,
    SpringProject spring) {

  /** A build whose application, if it has one, is in Maven's usual places. */
  public BuildContext(
      Map<String, String> configuration,
      Map<String, String> projectProperties,
      Map<String, String> userProperties,
      Path baseDirectory,
      Function<String, Optional<ServerCredentials>> servers,
      Environment environment) {
    this(
        configuration,
        projectProperties,
        userProperties,
        baseDirectory,
        servers,
        environment,
        SpringProject.at(baseDirectory));
  }

  public BuildContext {
    configuration = Map.copyOf(configuration);
    projectProperties = Map.copyOf(projectProperties);
    userProperties = Map.copyOf(userProperties);
  }

  /** The same build with another view of its application. */
  BuildContext withSpring(SpringProject other) {
    return new BuildContext(
        configuration,
        projectProperties,
        userProperties,
        baseDirectory,
        servers,
        environment,
        other);
  }

  /** Leaves the values out: passwords are among them. */
  @Override
  public String toString() {
    return "BuildContext[baseDirectory=" + baseDirectory + "]";
  }
}
