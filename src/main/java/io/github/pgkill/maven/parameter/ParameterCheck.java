package io.github.pgkill.maven.parameter;

import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.value.NearestName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.model.Plugin;
import org.apache.maven.model.PluginContainer;
import org.apache.maven.model.PluginExecution;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.plugin.PluginParameterExpressionEvaluator;
import org.apache.maven.plugin.descriptor.MojoDescriptor;
import org.apache.maven.plugin.descriptor.Parameter;
import org.apache.maven.plugin.descriptor.PluginDescriptor;
import org.apache.maven.project.MavenProject;
import org.codehaus.plexus.component.configurator.expression.ExpressionEvaluationException;
import org.codehaus.plexus.util.xml.Xpp3Dom;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what Maven would silently ignore: a parameter that no goal knows, one that is set but
 * empty (an unset variable of the CI), and a boolean that is neither true nor false. Each of them
 * could turn "spare these" into "spare nobody".
 */
public final class ParameterCheck {

  private static final String PREFIX = "pgkill.";

  /** Where POMs usually keep a plugin's version; no goal's parameter, and no harm. */
  public static final String VERSION_PROPERTY = "pgkill.version";

  private static final String GIVE_A_VALUE =
      "Give it a value, or leave it out. Is a variable of the CI not set?";

  /** Parameters whose values may hold a password. */
  private static final Set<String> SECRETS = Set.of("password", "url");

  private final MavenSession session;
  private final @Nullable MavenProject project;
  private final MojoExecution execution;
  private final Map<String, Parameter> known = new TreeMap<>();

  public ParameterCheck(
      MavenSession session, @Nullable MavenProject project, MojoExecution execution) {
    this.session = session;
    this.project = project;
    this.execution = execution;
    PluginDescriptor plugin = execution.getMojoDescriptor().getPluginDescriptor();
    for (MojoDescriptor goal : plugin.getMojos()) {
      // the generated help goal has its own, unprefixed ones
      if (!goal.getGoal().equals("help")) {
        for (Parameter parameter : goal.getParameters()) {
          if (parameter.isEditable()) {
            known.put(parameter.getName(), parameter);
          }
        }
      }
    }
  }

  /**
   * Checks everything the user set for this plugin, wherever it was set.
   *
   * @throws InvalidParameter naming the parameter and what to type instead
   */
  public void check() {
    properties().forEach(this::checkProperty);
    configurations().forEach(this::checkConfiguration);
    properties().forEach(this::checkEffect);
  }

  private Map<String, String> properties() {
    Map<String, String> ours = new TreeMap<>();
    // the last one wins, as in Maven's own evaluator
    Stream.of(
            project == null ? null : project.getProperties(),
            session.getSystemProperties(),
            session.getUserProperties())
        .filter(Objects::nonNull)
        .forEach(properties -> ours.putAll(collect(properties)));
    return ours;
  }

  private static Map<String, String> collect(Properties properties) {
    Map<String, String> ours = new TreeMap<>();
    for (String name : properties.stringPropertyNames()) {
      if (name.startsWith(PREFIX) && !name.equals(VERSION_PROPERTY)) {
        ours.put(name, properties.getProperty(name));
      }
    }
    return ours;
  }

  private void checkProperty(String property, String value) {
    String name = property.substring(PREFIX.length());
    Parameter parameter = known.get(name);
    if (parameter == null) {
      throw unknown("property " + property, name, PREFIX);
    }
    checkValue(parameter, "property " + property, value, separated(parameter, value));
  }

  /** The parts of the POM that configure this execution, as they were written. */
  private List<Xpp3Dom> configurations() {
    if (project == null || project.getBuild() == null) {
      return List.of();
    }
    PluginContainer management = project.getPluginManagement();
    return Stream.of(project.getBuild(), management)
        .filter(Objects::nonNull)
        .map(container -> container.getPluginsAsMap().get(execution.getPlugin().getKey()))
        .filter(Objects::nonNull)
        .flatMap(this::configurations)
        .toList();
  }

  private Stream<Xpp3Dom> configurations(Plugin plugin) {
    PluginExecution ours = plugin.getExecutionsAsMap().get(execution.getExecutionId());
    return Stream.of(plugin.getConfiguration(), ours == null ? null : ours.getConfiguration())
        .filter(Xpp3Dom.class::isInstance)
        .map(Xpp3Dom.class::cast);
  }

  private void checkConfiguration(Xpp3Dom configuration) {
    for (Xpp3Dom element : configuration.getChildren()) {
      Parameter parameter = known.get(element.getName());
      if (parameter == null) {
        throw unknown("element <" + element.getName() + ">", element.getName(), "");
      }
      boolean items = element.getChildCount() > 0;
      for (String value : values(element)) {
        // only a list on one line is taken apart at its commas
        String[] parts = items ? new String[] {value} : separated(parameter, value);
        checkValue(parameter, "element <" + element.getName() + ">", value, parts);
      }
    }
  }

  /**
   * Where an element and a property are both there, Maven ignores one without a word: the property,
   * so that {@code -Dpgkill.dryRun} would terminate all the same. Of a list with items Maven 3
   * takes the property and Maven 4 the element. An element that overrules a property of the same
   * POM is how Maven is used, and none of our business.
   */
  private void checkEffect(String property, String value) {
    String name = property.substring(PREFIX.length());
    Xpp3Dom configuration = execution.getConfiguration();
    Xpp3Dom element = configuration == null ? null : configuration.getChild(name);
    if (element == null) {
      return;
    }
    boolean typed = session.getUserProperties().containsKey(property);
    String literal = String.join(",", values(element));
    boolean same = literal.contains("${" + property + "}") || evaluate(literal).equals(value);
    if (!same && (typed || element.getChildCount() > 0)) {
      throw new InvalidParameter(
          name,
          "property "
              + property
              + " and the POM's element <"
              + name
              + "> say different things, and Maven would ignore one of them",
          "Drop one of them, or write the element as <properties><"
              + property
              + "> in the POM: the command line wins over that.");
    }
  }

  private static Collection<String> values(Xpp3Dom element) {
    if (element.getChildCount() == 0) {
      return List.of(element.getValue() == null ? "" : element.getValue());
    }
    List<String> values = new ArrayList<>();
    Arrays.stream(element.getChildren()).forEach(child -> values.addAll(values(child)));
    return values;
  }

  private String[] separated(Parameter parameter, String raw) {
    String value = evaluate(raw);
    return parameter.getType().endsWith("List") ? value.split(",", -1) : new String[] {value};
  }

  private void checkValue(Parameter parameter, String where, String raw, String[] parts) {
    String value = evaluate(raw);
    String unresolved = value.isEmpty() ? raw : value;
    if (unresolved.contains("${")) {
      throw new InvalidParameter(
          parameter.getName(), where + " has " + unset(parameter, unresolved), GIVE_A_VALUE);
    }
    if (Arrays.stream(parts).anyMatch(String::isBlank)) {
      throw new InvalidParameter(parameter.getName(), where + " is set but empty", GIVE_A_VALUE);
    }
    boolean flag = parameter.getType().equals("boolean");
    if (flag && !value.equalsIgnoreCase("true") && !value.equalsIgnoreCase("false")) {
      throw new InvalidParameter(
          parameter.getName(),
          where + " is '" + value + "', neither true nor false",
          "Write true or false.");
    }
  }

  /** Shows the variables alone, because a secret may stand beside them, or be taken for one. */
  private static String unset(Parameter parameter, String text) {
    String variables =
        Pattern.compile("\\$\\{[^}]*}")
            .matcher(text)
            .results()
            .map(MatchResult::group)
            .collect(Collectors.joining(", "));
    return SECRETS.contains(parameter.getName()) || variables.isEmpty()
        ? "a variable without a value"
        : "a variable without a value: " + variables;
  }

  /** What Maven will make of an expression: nothing where a variable is not set. */
  private String evaluate(String raw) {
    if (!raw.contains("${")) {
      return raw;
    }
    try {
      Object value = new PluginParameterExpressionEvaluator(session, execution).evaluate(raw);
      return value == null ? "" : value.toString();
    } catch (ExpressionEvaluationException e) {
      throw new InvalidParameter(
          execution.getGoal(), "cannot evaluate " + raw, "Check the expression in the POM.");
    }
  }

  private InvalidParameter unknown(String what, String name, String prefix) {
    return new InvalidParameter(
        name,
        "no goal knows the " + what,
        NearestName.of(name, known.keySet())
            .map(nearest -> "Did you mean " + prefix + nearest + "?")
            .orElse("mvn pgkill:help -Ddetail lists them all."));
  }
}
