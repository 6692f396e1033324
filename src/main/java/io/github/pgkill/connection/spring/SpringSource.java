package io.github.pgkill.connection.spring;

import io.github.pgkill.model.failure.PgkillFailure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One of Spring's property sources. Spring asks it in two ways: a placeholder by the name as it is
 * written, a setting of its own by any name that means the same ("relaxed binding").
 */
final class SpringSource {

  /** A name in Spring's own form; only such a placeholder is looked up relaxed. */
  static final Pattern CANONICAL =
      Pattern.compile("[a-z0-9][a-z0-9-]*(\\[\\w+])*(\\.[a-z0-9][a-z0-9-]*(\\[\\w+])*)*");

  private static final Pattern ELEMENT = Pattern.compile("\\[([^\\]]*)]|([^.\\[]+)");

  private final String label;
  private final Map<String, String> values;
  private final boolean environment;
  private final Map<String, List<String>> relaxed = new LinkedHashMap<>();

  private SpringSource(String label, Map<String, String> values, boolean environment) {
    this.label = label;
    this.values = values;
    this.environment = environment;
    for (String name : values.keySet()) {
      relaxed.computeIfAbsent(uniform(name), key -> new ArrayList<>()).add(name);
      if (environment) {
        relaxed.computeIfAbsent(ofVariable(name), key -> new ArrayList<>()).add(name);
      }
    }
  }

  /** A source whose names are written with dots; the order is the file's. */
  static SpringSource of(String label, Map<String, String> values) {
    return new SpringSource(label, values, false);
  }

  static SpringSource ofEnvironment(Map<String, String> variables) {
    return new SpringSource("the environment", variables, true);
  }

  String label() {
    return label;
  }

  boolean isEnvironment() {
    return environment;
  }

  /** Its names, as they are written. */
  Set<String> names() {
    return values.keySet();
  }

  /** Its names in the one form that equal names share. */
  Set<String> uniformNames() {
    return relaxed.keySet();
  }

  /** The value of a name as it is written, which for the environment allows {@code DB_HOST}. */
  Optional<String> exact(String name) {
    if (!environment) {
      return Optional.ofNullable(values.get(name));
    }
    for (String cased : List.of(name, name.toUpperCase(Locale.ROOT))) {
      for (String spelled :
          List.of(
              cased,
              cased.replace('.', '_'),
              cased.replace('-', '_'),
              cased.replace('.', '_').replace('-', '_'))) {
        if (values.containsKey(spelled)) {
          requireOneCase(spelled);
          return Optional.of(values.get(spelled));
        }
      }
    }
    return Optional.empty();
  }

  /** Which of two variables that differ in case counts depends on the order of a hash table. */
  private void requireOneCase(String variable) {
    List<String> cases = values.keySet().stream().filter(variable::equalsIgnoreCase).toList();
    if (cases.stream().map(values::get).distinct().count() > 1) {
      throw new PgkillFailure(
          label + " has variables that differ in case only: " + cases,
          "Keep one of them, or give -Dpgkill.url.");
    }
  }

  /** The value of a setting, by the first of its spellings that Spring tries. */
  Optional<String> bound(String name) {
    if (environment) {
      String variable = name.replaceAll("\\[(\\d+)]", "_$1").replace('.', '_');
      for (String spelled : List.of(variable.replace("-", ""), variable.replace('-', '_'))) {
        Optional<String> value = exact(spelled);
        if (value.isPresent()) {
          return value;
        }
      }
    }
    return exact(name).or(() -> spelledOtherwise(name));
  }

  private Optional<String> spelledOtherwise(String name) {
    List<String> spellings = relaxed.getOrDefault(uniform(name), List.of());
    if (spellings.stream().map(values::get).distinct().count() > 1) {
      throw new PgkillFailure(
          name + " is there in more than one spelling in " + label + ": " + spellings,
          "Keep one of them, or give -Dpgkill.url.");
    }
    return spellings.stream().findFirst().map(values::get);
  }

  /**
   * A setting that is a list: one text with commas, or one entry per index; empty when it is not
   * there at all.
   */
  Optional<List<String>> list(String name, UnaryOperator<String> resolve) {
    Optional<String> text = bound(name).map(resolve);
    if (text.isPresent()) {
      return text.map(SpringSource::split);
    }
    List<String> items = new ArrayList<>();
    for (int i = 0; bound(name + "[" + i + "]").isPresent(); i++) {
      items.add(resolve.apply(bound(name + "[" + i + "]").orElseThrow()));
    }
    return items.isEmpty() ? Optional.empty() : Optional.of(items);
  }

  static List<String> split(String text) {
    return text.isEmpty()
        ? List.of()
        : Pattern.compile(",").splitAsStream(text).map(String::strip).toList();
  }

  /** Names are the same to Spring when this is: case, dashes and underscores do not count. */
  static String uniform(String name) {
    StringBuilder uniform = new StringBuilder();
    Matcher element = ELEMENT.matcher(name);
    while (element.find()) {
      String index = element.group(1);
      if (index != null && index.matches("\\d+")) {
        uniform.append('[').append(index).append(']');
      } else {
        uniform
            .append(uniform.length() == 0 ? "" : ".")
            .append(plain(element.group(index != null ? 1 : 2)));
      }
    }
    return uniform.toString();
  }

  private static String ofVariable(String variable) {
    StringBuilder uniform = new StringBuilder();
    for (String element : variable.split("_")) {
      if (element.matches("\\d+")) {
        uniform.append('[').append(element).append(']');
      } else if (!element.isEmpty()) {
        uniform.append(uniform.length() == 0 ? "" : ".").append(plain(element));
      }
    }
    return uniform.toString();
  }

  private static String plain(String element) {
    return element.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }
}
