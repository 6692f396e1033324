package io.github.pgkill.maven.build;

import io.github.pgkill.model.failure.PgkillFailure;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.plugin.PluginParameterExpressionEvaluator;
import org.apache.maven.project.MavenProject;
import org.codehaus.plexus.component.configurator.expression.ExpressionEvaluationException;
import org.codehaus.plexus.util.xml.Xpp3Dom;
import org.jspecify.annotations.Nullable;

/** Reads another plugin's configuration as Maven would hand it over at this moment. */
final class PluginElements {

  private final PluginParameterExpressionEvaluator evaluator;

  /**
   * @param goal any of the session's; what is evaluated seldom asks which
   * @param module whose properties count
   */
  PluginElements(MavenSession session, MojoExecution goal, MavenProject module) {
    MavenSession there = session.clone();
    there.setCurrentProject(module);
    evaluator = new PluginParameterExpressionEvaluator(there, goal);
  }

  /**
   * The elements that have text, evaluated; what has no value by now stays as it is written. Items
   * of a list are joined by commas, and each child of an element is there as {@code element.child},
   * too.
   */
  Map<String, String> read(@Nullable Object configuration) {
    Map<String, String> texts = new LinkedHashMap<>();
    if (configuration instanceof Xpp3Dom dom) {
      Arrays.stream(dom.getChildren()).forEach(element -> add(element.getName(), element, texts));
    }
    return texts;
  }

  private void add(String name, Xpp3Dom element, Map<String, String> texts) {
    String raw = Optional.ofNullable(element.getValue()).orElse("");
    if (element.getChildCount() > 0) {
      texts.put(
          name,
          Arrays.stream(element.getChildren())
              .map(child -> Optional.ofNullable(child.getValue()).orElse(""))
              .map(this::evaluated)
              .collect(Collectors.joining(",")));
      Arrays.stream(element.getChildren())
          .forEach(child -> add(name + "." + child.getName(), child, texts));
    } else if (!raw.isBlank()) {
      texts.put(name, evaluated(raw));
    }
  }

  private String evaluated(String raw) {
    try {
      Object value = raw.contains("${") ? evaluator.evaluate(raw) : raw;
      return value == null ? raw : value.toString();
    } catch (ExpressionEvaluationException e) {
      // its message quotes the text, and a password may be in it
      throw new PgkillFailure(
          "an expression in the configuration of another plugin cannot be evaluated",
          "Correct it, or give -Dpgkill.url.");
    }
  }
}
