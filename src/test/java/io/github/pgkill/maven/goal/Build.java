package io.github.pgkill.maven.goal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgkill.maven.parameter.ParameterCheck;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.maven.DefaultMaven;
import org.apache.maven.execution.DefaultMavenExecutionRequest;
import org.apache.maven.execution.DefaultMavenExecutionResult;
import org.apache.maven.execution.ExecutionEvent;
import org.apache.maven.execution.ExecutionListener;
import org.apache.maven.execution.MavenExecutionRequest;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.lifecycle.internal.LifecycleExecutionPlanCalculator;
import org.apache.maven.model.Plugin;
import org.apache.maven.model.building.UrlModelSource;
import org.apache.maven.plugin.MavenPluginManager;
import org.apache.maven.plugin.Mojo;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.plugin.descriptor.PluginDescriptor;
import org.apache.maven.plugin.descriptor.PluginDescriptorBuilder;
import org.apache.maven.project.MavenProject;
import org.apache.maven.project.ProjectBuilder;
import org.apache.maven.project.ProjectBuildingRequest;
import org.apache.maven.settings.Server;
import org.apache.maven.settings.Settings;
import org.codehaus.plexus.DefaultContainerConfiguration;
import org.codehaus.plexus.DefaultPlexusContainer;
import org.codehaus.plexus.PlexusConstants;
import org.codehaus.plexus.component.repository.ComponentDescriptor;
import org.eclipse.aether.DefaultRepositorySystemSession;
import org.jspecify.annotations.Nullable;

/**
 * A build in this JVM, for tables of cases that would be slow with a container each: Maven's own
 * code reads the POM, merges the configuration and binds the parameters; only what runs around a
 * goal is missing.
 */
public final class Build {

  private static final String KEY = "io.github.pgkill:pgkill-maven-plugin";
  private static final DefaultPlexusContainer MAVEN = container();

  private final Path directory;
  private final Properties userProperties = new Properties();
  private final Properties systemProperties = new Properties();
  private final Settings settings = new Settings();
  private @Nullable String pom;
  private @Nullable MavenExecutionRequest request;
  private Consumer<String> listener = line -> {};

  private Build(Path directory) {
    this.directory = directory;
    systemProperties.putAll(System.getProperties());
  }

  /** A Maven that was started in a directory without a POM. */
  static Build withoutPom(Path directory) {
    return new Build(directory);
  }

  /** The build of a project with this POM. */
  static Build withPom(Path directory, String pom) {
    Build build = new Build(directory);
    build.pom = pom;
    return build;
  }

  /** A POM whose {@code <build>} declares the plugin with this between its tags. */
  static String pom(String plugin) {
    return pom("", "<plugins>" + plugin(plugin) + "</plugins>");
  }

  /** A POM with these properties and this in its {@code <build>}. */
  static String pom(String properties, String build) {
    return """
        <project xmlns="http://maven.apache.org/POM/4.0.0">
          <modelVersion>4.0.0</modelVersion>
          <groupId>org.example</groupId>
          <artifactId>shop</artifactId>
          <version>1</version>
          <packaging>pom</packaging>
          <properties>%s</properties>
          <build>%s</build>
        </project>
        """
        .formatted(properties, build);
  }

  /** The declaration of the plugin with this between its tags. */
  static String plugin(String inside) {
    return "<plugin><groupId>io.github.pgkill</groupId><artifactId>pgkill-maven-plugin</artifactId>"
        + "<version>0.1.0-SNAPSHOT</version>"
        + inside
        + "</plugin>";
  }

  /** What {@code -Dname=value} gives. */
  Build property(String name, String value) {
    userProperties.setProperty(name, value);
    return this;
  }

  /** The same for each. */
  Build properties(Map<String, String> values) {
    userProperties.putAll(values);
    return this;
  }

  /** What {@code MAVEN_OPTS=-Dname=value} gives, and {@code env.NAME} for a variable. */
  Build systemProperty(String name, String value) {
    systemProperties.setProperty(name, value);
    return this;
  }

  /**
   * From now on each goal is one of these of the same build, with the properties that are set by
   * now; {@link #end()} ends it.
   */
  Build ofGoals(List<String> goals) {
    request = newRequest();
    request.setGoals(goals);
    return this;
  }

  /** Passes on what goals say while they run. */
  Build heardBy(Consumer<String> ear) {
    listener = ear;
    return this;
  }

  /** What Maven does when the last goal has succeeded or one has failed. */
  void end() throws Exception {
    MavenSession session = session();
    ExecutionListener atTheEnd = session.getRequest().getExecutionListener();
    if (atTheEnd != null) {
      atTheEnd.sessionEnded(
          new ExecutionEvent() {
            @Override
            public Type getType() {
              return Type.SessionEnded;
            }

            @Override
            public MavenSession getSession() {
              return session;
            }

            @Override
            public @Nullable MavenProject getProject() {
              return null;
            }

            @Override
            public @Nullable MojoExecution getMojoExecution() {
              return null;
            }

            @Override
            public @Nullable Exception getException() {
              return null;
            }
          });
    }
    if (session.getResult().hasExceptions()) {
      throw (Exception) session.getResult().getExceptions().get(0);
    }
  }

  /** An entry of settings.xml. */
  Build server(Server server) {
    settings.addServer(server);
    return this;
  }

  /** Runs {@code mvn pgkill:goal}. */
  Run run(String goal) {
    return execute(goal, "default-cli", MojoExecution.Source.CLI, null);
  }

  /** Runs the execution of this id as a build does that reaches its phase. */
  Run runExecution(String goal, String id, String phase) {
    return execute(goal, id, MojoExecution.Source.LIFECYCLE, phase);
  }

  private Run execute(String goal, String id, MojoExecution.Source source, @Nullable String phase) {
    RecordingLog log = new RecordingLog(listener);
    Prepared prepared = prepare(goal, id, source, phase);
    Exception failure = null;
    try {
      Mojo mojo =
          MAVEN
              .lookup(MavenPluginManager.class)
              .getConfiguredMojo(Mojo.class, prepared.session(), prepared.execution());
      mojo.setLog(log);
      mojo.execute();
    } catch (Exception e) {
      failure = e;
    }
    List<Path> reports =
        files().stream().filter(file -> file.toString().endsWith(".json")).toList();
    return new Run(log, failure, reports);
  }

  /** The session and execution that Maven would hand to the goal. */
  Prepared prepare(String goal, String id, MojoExecution.Source source, @Nullable String phase) {
    try {
      MavenSession session = session();
      MavenProject project = project(session);
      session.setProjects(List.of(project));
      PluginDescriptor descriptor = descriptor();
      descriptor.setPlugin(declaration(project));
      MojoExecution execution = new MojoExecution(descriptor.getMojo(goal), id, source);
      execution.setLifecyclePhase(phase);
      MAVEN
          .lookup(LifecycleExecutionPlanCalculator.class)
          .setupMojoExecution(session, project, execution);
      return new Prepared(session, project, execution);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @SuppressWarnings("deprecation") // there is no other way to make a session
  private MavenSession session() throws Exception {
    return new MavenSession(
        MAVEN,
        new DefaultRepositorySystemSession(),
        request == null ? newRequest() : request,
        new DefaultMavenExecutionResult());
  }

  private MavenExecutionRequest newRequest() {
    MavenExecutionRequest fresh = new DefaultMavenExecutionRequest();
    fresh.setBaseDirectory(directory.toFile());
    fresh.setUserProperties(userProperties);
    fresh.setSystemProperties(systemProperties);
    fresh.setServers(settings.getServers());
    return fresh;
  }

  private MavenProject project(MavenSession session) throws Exception {
    ProjectBuildingRequest request = session.getRequest().getProjectBuildingRequest();
    request.setRepositorySession(session.getRepositorySession());
    ProjectBuilder builder = MAVEN.lookup(ProjectBuilder.class);
    if (pom == null) {
      return builder
          .build(
              new UrlModelSource(DefaultMaven.class.getResource("project/standalone.xml")), request)
          .getProject();
    }
    Path file = directory.resolve("pom.xml");
    Files.writeString(file, pom);
    return builder.build(file.toFile(), request).getProject();
  }

  /** As Maven looks for it: among the plugins, then in pluginManagement, else bare. */
  private static Plugin declaration(MavenProject project) {
    Plugin managed = project.getPluginManagement().getPluginsAsMap().get(KEY);
    Plugin bare = new Plugin();
    bare.setGroupId("io.github.pgkill");
    bare.setArtifactId("pgkill-maven-plugin");
    return Stream.of(project.getPlugin(KEY), managed, bare)
        .filter(plugin -> plugin != null)
        .findFirst()
        .orElseThrow();
  }

  /** The plugin's generated descriptor. */
  static PluginDescriptor descriptor() {
    PluginDescriptor descriptor = read("/META-INF/maven/plugin.xml");
    descriptor.setClassRealm(MAVEN == null ? null : MAVEN.getContainerRealm());
    return descriptor;
  }

  /** What the help goal reads: whole descriptions, and nothing to run a goal by. */
  static PluginDescriptor help() {
    return read("/META-INF/maven/" + KEY.replace(':', '/') + "/plugin-help.xml");
  }

  private static PluginDescriptor read(String descriptor) {
    try (InputStream in = Build.class.getResourceAsStream(descriptor)) {
      return new PluginDescriptorBuilder().build(new InputStreamReader(in, StandardCharsets.UTF_8));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static DefaultPlexusContainer container() {
    try {
      DefaultPlexusContainer container =
          new DefaultPlexusContainer(
              new DefaultContainerConfiguration()
                  .setAutoWiring(true)
                  .setClassPathScanning(PlexusConstants.SCANNING_INDEX));
      for (ComponentDescriptor<?> goal : descriptor().getComponents()) {
        container.addComponentDescriptor(goal);
      }
      return container;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** A component of Maven itself. */
  public static <T> T lookup(Class<T> role) {
    try {
      return MAVEN.lookup(role);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Everything below the directory but the POM. */
  List<Path> files() {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> !file.endsWith("pom.xml"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What Maven would hand to a goal. */
  record Prepared(MavenSession session, MavenProject project, MojoExecution execution) {
    void check() {
      new ParameterCheck(session, project, execution).check();
    }
  }

  /**
   * How an execution ended.
   *
   * @param failure what it threw; null when it succeeded
   * @param files everything below the build's directory afterwards, but the POM
   */
  record Run(RecordingLog log, @Nullable Exception failure, List<Path> files) {

    /** The only report. */
    JsonNode report() {
      List<Path> reports =
          files.stream().filter(file -> file.toString().endsWith(".json")).toList();
      if (reports.size() != 1) {
        throw new AssertionError("not exactly one report: " + files);
      }
      try {
        return new ObjectMapper().readTree(reports.get(0).toFile());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** What Maven would print of the failure; empty when it succeeded. */
    String message() {
      return failure == null ? "" : String.valueOf(failure.getMessage());
    }

    /** Fails unless it succeeded. */
    Run succeeded() {
      if (failure != null) {
        throw new AssertionError("failed with " + failure, failure);
      }
      return this;
    }

    /** The messages of the failure and all its causes. */
    List<String> causes() {
      List<String> texts = new ArrayList<>();
      for (Throwable e = failure; e != null; e = e.getCause()) {
        texts.add(e.toString());
        for (Throwable suppressed : e.getSuppressed()) {
          texts.add(suppressed.toString());
        }
      }
      return texts;
    }
  }
}
