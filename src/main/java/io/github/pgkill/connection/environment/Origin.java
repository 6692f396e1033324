package io.github.pgkill.connection.environment;

import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where values come from, as users call it, for the log and for errors.
 *
 * @param label the source's name
 * @param parameter the plugin's parameter that it is; null when it is none
 * @param labels names of single values, by libpq keyword, where they have names of their own
 */
public record Origin(String label, @Nullable String parameter, Map<String, String> labels) {

  public static Origin parameter(String name) {
    return new Origin("parameter " + name, name, Map.of());
  }

  public static Origin named(String label) {
    return new Origin(label, null, Map.of());
  }

  /** Where the value of this keyword comes from. */
  public String of(String keyword) {
    return labels.getOrDefault(keyword, label);
  }

  /** The failure to throw for this keyword's value; neither text may repeat what may be secret. */
  public PgkillFailure failure(String keyword, String problem, String remedy) {
    return parameter == null
        ? new PgkillFailure(of(keyword) + ": " + problem, remedy)
        : new InvalidParameter(parameter, problem, remedy);
  }
}
