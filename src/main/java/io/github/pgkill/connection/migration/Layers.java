package io.github.pgkill.connection.migration;

import io.github.pgkill.connection.build.BuildConnection;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.value.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Places to look for a setting, the one that wins first. A place that sets it to nothing wins, too:
 * a tool does not look further then.
 */
final class Layers {

  private static final Pattern VARIABLE = Pattern.compile("\\$\\{[\\w.-]+}");

  private final String tool;
  private final List<Layer> layers = new ArrayList<>();

  /**
   * @param tool the tool's name, as {@code connectionFrom} has it
   */
  Layers(String tool) {
    this.tool = tool;
  }

  /**
   * One place.
   *
   * @param label its name, for the log and for errors
   * @param values what it holds, by the name that the setting has there
   * @param naming that name
   */
  private record Layer(String label, Map<String, String> values, Function<String, String> naming) {

    Optional<Setting> get(String name) {
      return Optional.ofNullable(values.get(naming.apply(name)))
          .map(value -> new Setting(value, name + " of %s in " + label));
    }
  }

  /**
   * A value and where it was found.
   *
   * @param text the value
   * @param where a format for the tool's name
   */
  private record Setting(String text, String where) {}

  /** Adds a place that has a name of its own for each setting, found by {@code naming}. */
  Layers then(String label, Map<String, String> values, Function<String, String> naming) {
    layers.add(new Layer(label, values, naming));
    return this;
  }

  /**
   * The value of a setting that is not there when it is empty.
   *
   * @throws PgkillFailure when it holds a variable without a value
   */
  Optional<String> get(String name) {
    return setting(name).map(this::evaluated).filter(value -> !value.isEmpty());
  }

  private Optional<Setting> setting(String name) {
    return layers.stream().map(layer -> layer.get(name)).flatMap(Optional::stream).findFirst();
  }

  /**
   * Refuses settings with which the tool goes elsewhere in a way that nobody follows here.
   *
   * @param names matched as a whole, without regard to case
   */
  void refuse(Pattern names) {
    for (Layer layer : layers) {
      layer.values().keySet().stream()
          .filter(name -> names.matcher(name).matches())
          .sorted()
          .findFirst()
          .ifPresent(
              name -> {
                throw new PgkillFailure(
                    tool
                        + " has "
                        + name
                        + " in "
                        + layer.label()
                        + ", which connectionFrom does"
                        + " not follow",
                    "Give -Dpgkill.url instead.");
              });
    }
  }

  /**
   * The connection that these places describe.
   *
   * @param user the tool's name for the user
   * @throws InvalidParameter when there is no URL
   * @throws PgkillFailure when what the tool would take is empty or holds a variable without a
   *     value
   */
  BuildConnection connection(String user) {
    Setting url = setting("url").orElseThrow(this::none);
    Optional<Setting> login = setting(user);
    Optional<Setting> password = setting("password");
    String origin = where(url);
    return new BuildConnection(
        filled(url),
        login.map(this::filled).orElse(null),
        password
            .map(this::evaluated)
            .filter(value -> !value.isEmpty())
            .map(Secret::new)
            .orElse(null),
        origin,
        login.map(this::where).orElse(origin),
        password.map(this::where).orElse(origin));
  }

  private String where(Setting setting) {
    return setting.where().formatted(tool);
  }

  private String filled(Setting setting) {
    String value = evaluated(setting);
    if (value.isEmpty()) {
      throw new PgkillFailure(
          where(setting) + " is set but empty",
          "Give it a value, leave it out, or give -Dpgkill.url. Is a variable not set?");
    }
    return value;
  }

  private String evaluated(Setting setting) {
    if (setting.text().contains("${")) {
      String names =
          VARIABLE
              .matcher(setting.text())
              .results()
              .map(MatchResult::group)
              .collect(Collectors.joining(", "));
      throw new PgkillFailure(
          where(setting)
              + " has a variable without a value"
              + (names.isEmpty() ? "" : ": " + names),
          "Set it with -D, in the POM or by a plugin that runs before this goal, or give"
              + " -Dpgkill.url.");
    }
    return setting.text();
  }

  private InvalidParameter none() {
    return new InvalidParameter(
        "connectionFrom",
        "this build configures no url for " + tool,
        "Configure one for " + tool + ", or give -Dpgkill.url.");
  }
}
