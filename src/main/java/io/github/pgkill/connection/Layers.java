package io.github.pgkill.connection;

import io.github.pgkill.model.InvalidParameter;
import io.github.pgkill.model.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Places to look for a setting, the one that wins first. */
final class Layers {

  private final List<Layer> layers = new ArrayList<>();

  /**
   * One place.
   *
   * @param label its name, for the log and for errors
   * @param values what it holds
   */
  private record Layer(String label, Function<String, Optional<String>> values) {}

  /** Adds a place that has a name of its own for each setting, found by {@code naming}. */
  Layers then(String label, Map<String, String> values, Function<String, String> naming) {
    layers.add(
        new Layer(
            label,
            name ->
                Optional.ofNullable(values.get(naming.apply(name)))
                    .filter(value -> !value.isEmpty())));
    return this;
  }

  Optional<String> get(String name) {
    return layers.stream()
        .map(layer -> layer.values().apply(name))
        .flatMap(Optional::stream)
        .findFirst();
  }

  /**
   * The connection that these places describe, with credentials of settings.xml where they name
   * neither user nor password.
   *
   * @param tool the tool's name, as {@code connectionFrom} has it
   * @param user the tool's name for the user
   */
  BuildConnection connection(String tool, String user, Optional<ServerCredentials> server) {
    Layer first =
        layers.stream()
            .filter(layer -> layer.values().apply("url").isPresent())
            .findFirst()
            .orElseThrow(() -> none(tool));
    String url = first.values().apply("url").orElseThrow();
    String origin = "url of " + tool + " in " + first.label();
    if (get(user).isEmpty() && get("password").isEmpty() && server.isPresent()) {
      return new BuildConnection(url, server.get().username(), server.get().password(), origin);
    }
    return new BuildConnection(
        url, get(user).orElse(null), get("password").map(Secret::new).orElse(null), origin);
  }

  private static InvalidParameter none(String tool) {
    return new InvalidParameter(
        "connectionFrom",
        "this build configures no url for " + tool,
        "Configure one for " + tool + ", or give -Dpgkill.url.");
  }
}
