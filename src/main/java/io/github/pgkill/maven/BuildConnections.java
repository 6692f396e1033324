package io.github.pgkill.maven;

import io.github.pgkill.connection.BuildConnection;
import io.github.pgkill.connection.BuildContext;
import io.github.pgkill.connection.ConnectionFrom;
import io.github.pgkill.connection.Environment;
import io.github.pgkill.connection.SpringProject;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.model.Plugin;
import org.apache.maven.model.PluginExecution;
import org.apache.maven.project.MavenProject;
import org.codehaus.plexus.util.xml.Xpp3Dom;
import org.jspecify.annotations.Nullable;

/** Hands over what the build says of Flyway's, Liquibase's or the application's own connection. */
public final class BuildConnections {

  private final MavenSession session;
  private final @Nullable MavenProject project;
  private final Credentials credentials;

  public BuildConnections(MavenSession session, @Nullable MavenProject project, Credentials credentials) {
    this.session = session;
    this.project = project;
    this.credentials = credentials;
  }

  /** The connection that {@code connectionFrom} names. */
  public BuildConnection read(String connectionFrom) {
    ConnectionFrom from = ConnectionFrom.parse(connectionFrom);
    Path directory =
        project == null || project.getBasedir() == null
            ? Path.of(session.getExecutionRootDirectory())
            : project.getBasedir().toPath();
    return from.read(
        new BuildContext(
            plugins(from).stream()
                .flatMap(key -> configuration(key).stream())
                .findFirst()
                .orElse(Map.of()),
            project == null ? Map.of() : texts(project.getProperties()),
            texts(session.getUserProperties()),
            directory,
            id ->
                session.getSettings().getServer(id) == null
                    ? Optional.empty()
                    : Optional.of(credentials.of(id)),
            Environment.ofProcess(),
            project == null || from != ConnectionFrom.SPRING
                ? SpringProject.at(directory)
                : new SpringApplicationOf(project, session.getUserProperties()).read(directory)));
  }

  /** Where the tool's configuration stands in a POM. */
  private static List<String> plugins(ConnectionFrom from) {
    return switch (from) {
      case FLYWAY ->
          List.of("org.flywaydb:flyway-maven-plugin", "com.redgate.flyway:flyway-maven-plugin");
      case LIQUIBASE -> List.of("org.liquibase:liquibase-maven-plugin");
      case SPRING -> List.of("org.springframework.boot:spring-boot-maven-plugin");
    };
  }

  /** The plugin's own configuration, completed by that of its executions in their order. */
  private Optional<Map<String, String>> configuration(String key) {
    if (project == null) {
      return Optional.empty();
    }
    return Stream.of(project.getBuild(), project.getPluginManagement())
        .filter(container -> container != null)
        .map(container -> container.getPluginsAsMap().get(key))
        .filter(plugin -> plugin != null)
        .map(BuildConnections::configuration)
        .findFirst();
  }

  private static Map<String, String> configuration(Plugin plugin) {
    Map<String, String> texts = new LinkedHashMap<>();
    Stream.concat(
            Stream.ofNullable(plugin.getConfiguration()),
            plugin.getExecutions().stream()
                .map(PluginExecution::getConfiguration)
                .filter(configuration -> configuration != null))
        .filter(Xpp3Dom.class::isInstance)
        .flatMap(configuration -> Arrays.stream(((Xpp3Dom) configuration).getChildren()))
        .forEach(element -> texts.putIfAbsent(element.getName(), text(element)));
    return texts;
  }

  private static String text(Xpp3Dom element) {
    return element.getChildCount() == 0
        ? Optional.ofNullable(element.getValue()).orElse("")
        : Arrays.stream(element.getChildren())
            .map(BuildConnections::text)
            .collect(Collectors.joining(","));
  }

  private static Map<String, String> texts(Properties properties) {
    Map<String, String> texts = new TreeMap<>();
    properties.stringPropertyNames().forEach(n -> texts.put(n, properties.getProperty(n)));
    return texts;
  }
}
