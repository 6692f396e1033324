package io.github.pgkill.maven.build;

import io.github.pgkill.maven.parameter.ParameterCheck;
import io.github.pgkill.model.failure.InvalidParameter;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.project.MavenProject;
import org.jspecify.annotations.Nullable;

/**
 * Refuses properties that were typed beside a goal of the release plugin and do not reach the build
 * that it forks: there, a goal of ours that the POM binds would go without the filter that was
 * meant for it.
 */
public final class ForkedBuildCheck {

  private static final Predicate<String> FORKING =
      Pattern.compile(
              "(release|(org\\.apache\\.maven\\.plugins:)?maven-release-plugin(:[^:]+)?)"
                  + ":(prepare|prepare-with-pom|perform|stage)(@.*)?")
          .asMatchPredicate();
  private static final String OURS = "pgkill.";

  private final MavenSession session;
  private final @Nullable MavenProject project;
  private final String key;

  /**
   * @param key our plugin's, as the POM has it
   */
  public ForkedBuildCheck(MavenSession session, @Nullable MavenProject project, String key) {
    this.session = session;
    this.project = project;
    this.key = key;
  }

  /**
   * Looks at what was typed for this build, and for those that have started it.
   *
   * @param ancestors what was typed for these
   * @throws InvalidParameter naming the property that does not arrive
   */
  public void check(List<List<String>> ancestors) {
    if (session.getGoals() != null && session.getGoals().stream().anyMatch(FORKING) && bound()) {
      refuseLost(typed(session.getUserProperties()), forwarded());
    }
    ancestors.stream()
        .filter(line -> line.stream().anyMatch(FORKING))
        .forEach(line -> refuseLost(typed(line), here()));
  }

  private boolean bound() {
    List<MavenProject> modules = session.getProjects() == null ? List.of() : session.getProjects();
    return modules.stream()
        .map(module -> module.getPlugin(key))
        .anyMatch(plugin -> plugin != null && !plugin.getExecutions().isEmpty());
  }

  private static void refuseLost(Map<String, String> typed, Map<String, String> arrived) {
    typed.forEach(
        (name, value) -> {
          if (!value.equals(arrived.get(name))) {
            throw new InvalidParameter(
                name.substring(OURS.length()),
                "-D"
                    + name
                    + " was typed beside a goal of the release plugin, and does not reach"
                    + " the build that it forks, where the POM binds goals of this plugin",
                "Write it as <properties><"
                    + name
                    + "> in the POM, or add it to -Darguments=\"-D"
                    + name
                    + "=...\".");
          }
        });
  }

  /** What the release plugin hands on. */
  private Map<String, String> forwarded() {
    Map<String, String> forwarded = properties();
    String arguments = session.getUserProperties().getProperty("arguments", "");
    forwarded.putAll(typed(List.of(arguments.split("\\s+"))));
    return forwarded;
  }

  private Map<String, String> here() {
    Map<String, String> here = properties();
    here.putAll(typed(session.getUserProperties()));
    return here;
  }

  private Map<String, String> properties() {
    return project == null ? new TreeMap<>() : typed(project.getProperties());
  }

  private static Map<String, String> typed(Properties properties) {
    Map<String, String> ours = new TreeMap<>();
    properties.stringPropertyNames().stream()
        .filter(name -> name.startsWith(OURS) && !name.equals(ParameterCheck.VERSION_PROPERTY))
        .forEach(name -> ours.put(name, properties.getProperty(name)));
    return ours;
  }

  /**
   * {@code -Dname=value}, {@code -D name=value} and {@code --define name=value}, as Maven reads.
   */
  private static Map<String, String> typed(List<String> line) {
    Map<String, String> ours = new TreeMap<>();
    for (String word : line) {
      String text = word.startsWith("-D") ? word.substring(2) : word;
      if (text.startsWith(OURS)
          && !text.startsWith(ParameterCheck.VERSION_PROPERTY)
          && (text.contains("=") || word.startsWith("-D"))) {
        String[] parts = text.split("=", 2);
        ours.put(parts[0], parts.length > 1 ? parts[1] : "true");
      }
    }
    return ours;
  }
}
