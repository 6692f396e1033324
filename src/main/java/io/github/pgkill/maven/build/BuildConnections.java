package io.github.pgkill.maven.build;

import io.github.pgkill.connection.ConnectionFrom;
import io.github.pgkill.connection.build.BuildConnection;
import io.github.pgkill.connection.build.BuildContext;
import io.github.pgkill.connection.build.PluginUse;
import io.github.pgkill.connection.build.SpringProject;
import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.maven.artifact.Artifact;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.model.Build;
import org.apache.maven.model.Plugin;
import org.apache.maven.model.PluginExecution;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.project.MavenProject;
import org.jspecify.annotations.Nullable;

/**
 * Finds the connection that {@code connectionFrom} means among the modules and executions of a
 * build, and refuses where these lead to different databases.
 */
public final class BuildConnections {

  private static final String PARAMETER = "connectionFrom";

  /** What Maven calls the execution of a goal that was typed. */
  private static final String TYPED = "default-cli";

  private final MavenSession session;
  private final @Nullable MavenProject project;
  private final MojoExecution goal;
  private final Credentials credentials;
  private final Environment environment;
  private final Map<String, String> systemProperties;

  /**
   * @param goal our own, which asks
   * @param systemProperties those of this process now
   */
  public BuildConnections(
      MavenSession session,
      @Nullable MavenProject project,
      MojoExecution goal,
      Credentials credentials,
      Environment environment,
      Properties systemProperties) {
    this.session = session;
    this.project = project;
    this.goal = goal;
    this.credentials = credentials;
    this.environment = environment;
    this.systemProperties = texts(systemProperties);
  }

  /**
   * The connection that {@code connectionFrom} names.
   *
   * @throws InvalidParameter when there is none, or several, or no such execution
   * @throws PgkillFailure when the tool's configuration cannot be followed
   */
  public BuildConnection read(String connectionFrom) {
    ConnectionFrom from = ConnectionFrom.parse(connectionFrom);
    Optional<String> id = ConnectionFrom.execution(connectionFrom);
    if (project == null) {
      return from.read(context(from, PluginUse.none(), null));
    }
    List<MavenProject> others = otherModules();
    BuildConnection own;
    try {
      own = read(from, id, project);
    } catch (InvalidParameter e) {
      throw others.isEmpty() ? e : elsewhere(e, from, id, others);
    }
    List<String> different =
        others.stream()
            .filter(module -> !agrees(own, from, id, module))
            .map(MavenProject::getArtifactId)
            .toList();
    if (!different.isEmpty()) {
      throw new InvalidParameter(
          PARAMETER,
          "modules of this build configure another connection for "
              + from.tool()
              + " than "
              + project.getArtifactId()
              + ", or one that cannot be followed: "
              + String.join(", ", different),
          "Choose one: mvn -pl :" + different.get(0) + ", or give -Dpgkill.url.");
    }
    return own;
  }

  /** Where Flyway and Liquibase connect to in this build, as far as that can be told. */
  public List<BuildConnection> ofTheTools() {
    List<MavenProject> modules = session.getProjects() == null ? List.of() : session.getProjects();
    List<BuildConnection> found = new ArrayList<>();
    for (MavenProject module : modules) {
      for (ConnectionFrom tool : List.of(ConnectionFrom.FLYWAY, ConnectionFrom.LIQUIBASE)) {
        if (!plugins(tool, module).isEmpty()) {
          found.addAll(ofTool(tool, module));
        }
      }
    }
    return found;
  }

  private Collection<BuildConnection> ofTool(ConnectionFrom tool, MavenProject module) {
    try {
      return connections(tool, Optional.empty(), module).values();
    } catch (PgkillFailure e) {
      // what cannot be evaluated as the tool does is not known; nobody asked us to follow it
      return List.of();
    }
  }

  /** Those that the tool would run in, too, where our goal runs once for all. */
  private List<MavenProject> otherModules() {
    return goal.getSource() == MojoExecution.Source.CLI && session.getProjects() != null
        ? session.getProjects().stream().filter(module -> module != project).toList()
        : List.of();
  }

  private InvalidParameter elsewhere(
      InvalidParameter failure,
      ConnectionFrom from,
      Optional<String> id,
      List<MavenProject> modules) {
    return modules.stream()
        .filter(module -> configures(from, id, module))
        .findFirst()
        .map(
            module ->
                new InvalidParameter(
                    PARAMETER,
                    "the POM of "
                        + (project == null ? "this build" : project.getArtifactId())
                        + " configures no such url for "
                        + from.tool()
                        + ", but the one of "
                        + module.getArtifactId()
                        + " does",
                    "Choose the module: mvn -pl :" + module.getArtifactId() + "."))
        .orElse(failure);
  }

  private boolean configures(ConnectionFrom from, Optional<String> id, MavenProject module) {
    try {
      return read(from, id, module) != null;
    } catch (InvalidParameter e) {
      return false;
    } catch (PgkillFailure e) {
      // there is one, although nobody can follow it
      return true;
    }
  }

  private boolean agrees(
      BuildConnection own, ConnectionFrom from, Optional<String> id, MavenProject module) {
    List<BuildConnection> found = new ArrayList<>();
    try {
      found.addAll(connections(from, id, module).values());
    } catch (PgkillFailure e) {
      return false;
    }
    return found.stream().allMatch(own::sameAs);
  }

  private BuildConnection read(ConnectionFrom from, Optional<String> id, MavenProject module) {
    Map<String, BuildConnection> found = connections(from, id, module);
    if (found.isEmpty() && id.isPresent()) {
      throw unknown(from, id.get(), module);
    }
    if (found.isEmpty()) {
      // says in its own words what is missing
      return from.read(context(from, PluginUse.none(), module));
    }
    BuildConnection first = found.values().iterator().next();
    if (!found.values().stream().allMatch(first::sameAs)) {
      throw new InvalidParameter(
          PARAMETER,
          "executions of "
              + from.tool()
              + " connect differently: "
              + String.join(", ", found.keySet()),
          "Name the one that is meant, such as "
              + from.tool()
              + ":"
              + found.keySet().iterator().next()
              + ".");
    }
    return first;
  }

  private InvalidParameter unknown(ConnectionFrom from, String id, MavenProject module) {
    String ids =
        plugins(from, module).stream()
            .flatMap(plugin -> ids(plugin, from))
            .distinct()
            .collect(Collectors.joining(", "));
    return new InvalidParameter(
        PARAMETER,
        "no execution " + id + " of " + from.tool() + " in this build configures a url",
        ids.isEmpty() ? "Give -Dpgkill.url." : "There are: " + ids + ".");
  }

  /** What each use of the tool in a module connects to, by the execution's id. */
  private Map<String, BuildConnection> connections(
      ConnectionFrom from, Optional<String> id, MavenProject module) {
    Map<String, BuildConnection> found = new LinkedHashMap<>();
    List<Plugin> plugins = plugins(from, module);
    if (plugins.isEmpty() && id.isEmpty()) {
      read(from, context(from, PluginUse.none(), module)).ifPresent(it -> found.put(TYPED, it));
    }
    for (Plugin plugin : plugins) {
      ids(plugin, from)
          .filter(name -> id.isEmpty() || id.get().equals(name))
          .forEach(
              name ->
                  read(from, context(from, use(plugin, name, module), module))
                      .ifPresent(
                          it -> found.put(found.containsKey(name) ? plugin.getKey() : name, it)));
    }
    return found;
  }

  private static Optional<BuildConnection> read(ConnectionFrom from, BuildContext context) {
    try {
      return Optional.of(from.read(context));
    } catch (InvalidParameter e) {
      // an execution without a url connects to nothing
      return Optional.empty();
    }
  }

  private PluginUse use(Plugin plugin, String id, MavenProject module) {
    PluginExecution execution = plugin.getExecutionsAsMap().get(id);
    return new PluginUse(
        execution == null ? "its plugin configuration" : "execution " + id,
        plugin.getVersion(),
        new PluginElements(session, goal, module)
            .read(execution == null ? plugin.getConfiguration() : execution.getConfiguration()));
  }

  /** The executions; and without any, or where a goal of the tool was typed, the one without. */
  private Stream<String> ids(Plugin plugin, ConnectionFrom from) {
    Set<String> ids = new LinkedHashSet<>();
    plugin.getExecutions().forEach(execution -> ids.add(execution.getId()));
    boolean typed =
        session.getGoals() != null
            && session.getGoals().stream()
                .anyMatch(
                    text ->
                        text.startsWith(from.tool() + ":")
                            || text.contains(":" + plugin.getArtifactId() + ":"));
    if (ids.isEmpty() || typed) {
      ids.add(TYPED);
    }
    return ids.stream();
  }

  /** The tool's plugin where it stands in the POM, else in its management. */
  private static List<Plugin> plugins(ConnectionFrom from, MavenProject module) {
    List<String> keys =
        switch (from) {
          case FLYWAY ->
              List.of("org.flywaydb:flyway-maven-plugin", "com.redgate.flyway:flyway-maven-plugin");
          case LIQUIBASE -> List.of("org.liquibase:liquibase-maven-plugin");
          case SPRING -> List.of();
        };
    return keys.stream()
        .flatMap(
            key ->
                Stream.of(module.getBuild(), module.getPluginManagement())
                    .filter(container -> container != null)
                    .map(container -> container.getPluginsAsMap().get(key))
                    .filter(plugin -> plugin != null)
                    .limit(1))
        .toList();
  }

  private BuildContext context(ConnectionFrom from, PluginUse use, @Nullable MavenProject module) {
    Path directory =
        module == null || module.getBasedir() == null
            ? Path.of(session.getExecutionRootDirectory())
            : module.getBasedir().toPath();
    Map<String, String> typed = texts(session.getSystemProperties());
    typed.putAll(texts(session.getUserProperties()));
    return new BuildContext(
        module != null && from == ConnectionFrom.SPRING ? springPlugin(module) : use,
        module == null ? Map.of() : texts(module.getProperties()),
        typed,
        systemProperties,
        directory,
        module == null ? List.of() : classPath(module),
        id ->
            session.getSettings().getServer(id) == null
                ? Optional.empty()
                : Optional.of(credentials.of(id)),
        environment,
        module == null || from != ConnectionFrom.SPRING
            ? SpringProject.at(directory)
            : new SpringApplicationOf(module, session.getUserProperties()).read(directory));
  }

  /** What the plugin that starts a Spring application would hand to it, in whichever execution. */
  private PluginUse springPlugin(MavenProject module) {
    Plugin plugin = module.getPlugin("org.springframework.boot:spring-boot-maven-plugin");
    if (plugin == null) {
      return PluginUse.none();
    }
    PluginElements elements = new PluginElements(session, goal, module);
    Map<String, String> texts = new LinkedHashMap<>(elements.read(plugin.getConfiguration()));
    for (PluginExecution execution : plugin.getExecutions()) {
      elements.read(execution.getConfiguration()).forEach(texts::putIfAbsent);
    }
    return new PluginUse("its plugin configuration", plugin.getVersion(), texts);
  }

  private static List<Path> classPath(MavenProject module) {
    List<Path> places = new ArrayList<>();
    Build build = module.getBuild();
    Stream.of(build.getOutputDirectory(), build.getTestOutputDirectory())
        .filter(place -> place != null)
        .map(Path::of)
        .forEach(places::add);
    module.getArtifacts().stream()
        .map(Artifact::getFile)
        .filter(file -> file != null)
        .forEach(file -> places.add(file.toPath()));
    return places;
  }

  private static Map<String, String> texts(Properties properties) {
    Map<String, String> texts = new TreeMap<>();
    properties.stringPropertyNames().forEach(n -> texts.put(n, properties.getProperty(n)));
    return texts;
  }
}
