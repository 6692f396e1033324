package io.github.pgkill.connection.build;

import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.connection.environment.ServerCredentials;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a build says that may hold another tool's connection.
 *
 * @param plugin the tool's own plugin
 * @param projectProperties the properties of the POM, profiles and settings
 * @param userProperties what was typed with {@code -D}, here or in {@code MAVEN_OPTS}, when Maven
 *     started; wins over the project's
 * @param systemProperties those of this process now
 * @param baseDirectory the directory of the POM
 * @param classPath directories and jars that the project's classes are loaded from, as far as the
 *     build knows them by now; the project's own directories first
 * @param servers the decrypted credentials of settings.xml, by server id
 * @param environment the process around it
 * @param spring what Spring's application takes from the project
 */
public record BuildContext(
    PluginUse plugin,
    Map<String, String> projectProperties,
    Map<String, String> userProperties,
    Map<String, String> systemProperties,
    Path baseDirectory,
    List<Path> classPath,
    Function<String, Optional<ServerCredentials>> servers,
    Environment environment,
    SpringProject spring) {

  /** A build whose application, if it has one, is in Maven's usual places. */
  public BuildContext(
      PluginUse plugin,
      Map<String, String> projectProperties,
      Map<String, String> userProperties,
      Map<String, String> systemProperties,
      Path baseDirectory,
      List<Path> classPath,
      Function<String, Optional<ServerCredentials>> servers,
      Environment environment) {
    this(
        plugin,
        projectProperties,
        userProperties,
        systemProperties,
        baseDirectory,
        classPath,
        servers,
        environment,
        SpringProject.at(baseDirectory));
  }

  public BuildContext {
    projectProperties = Map.copyOf(projectProperties);
    userProperties = Map.copyOf(userProperties);
    systemProperties = Map.copyOf(systemProperties);
    classPath = List.copyOf(classPath);
  }

  /** The same build with another view of its application. */
  public BuildContext withSpring(SpringProject other) {
    return new BuildContext(
        plugin,
        projectProperties,
        userProperties,
        systemProperties,
        baseDirectory,
        classPath,
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
