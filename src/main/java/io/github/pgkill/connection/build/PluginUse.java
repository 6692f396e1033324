package io.github.pgkill.connection.build;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a build uses another tool's plugin: one of its executions, or the plugin without any.
 *
 * @param where what to call it in the log and in errors, such as {@code execution clean}
 * @param version the plugin's version; null where the POM leaves it to Maven
 * @param configuration element names to their text, evaluated with the properties of this moment;
 *     the items of a list joined by commas, and each child of an element as {@code element.child};
 *     elements without text are left out
 */
public record PluginUse(String where, @Nullable String version, Map<String, String> configuration) {

  public PluginUse {
    configuration = Map.copyOf(configuration);
  }

  /** For tools whose plugin the build does not use. */
  public static PluginUse none() {
    return new PluginUse("its plugin configuration", null, Map.of());
  }

  /** The first number of the version; of one that Maven chooses, it is large. */
  int major() {
    return number(0, Integer.MAX_VALUE);
  }

  /** Whether the version is at least this. */
  public boolean atLeast(int... wanted) {
    for (int i = 0; i < wanted.length; i++) {
      int actual = number(i, i == 0 ? Integer.MAX_VALUE : 0);
      if (actual != wanted[i]) {
        return actual > wanted[i];
      }
    }
    return true;
  }

  private int number(int index, int otherwise) {
    String[] parts = version == null ? new String[0] : version.split("[^0-9]+", -1);
    return index < parts.length && parts[index].matches("\\d{1,9}")
        ? Integer.parseInt(parts[index])
        : otherwise;
  }

  /** Leaves the values out: passwords are among them. */
  @Override
  public String toString() {
    return "PluginUse[" + where + ", version=" + version + "]";
  }
}
