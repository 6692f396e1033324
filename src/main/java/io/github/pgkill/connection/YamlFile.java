package io.github.pgkill.connection;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Reads YAML into flat keys, as Spring does; the library is loaded for nobody else. */
final class YamlFile {

  private YamlFile() {}

  static List<Map<String, String>> documents(Path file) {
    List<Map<String, String>> documents = new ArrayList<>();
    try {
      LoadSettings settings = LoadSettings.builder().setLabel(file.toString()).build();
      for (Object document : new Load(settings).loadAllFromString(PropertyFiles.text(file))) {
        Map<String, String> values = new HashMap<>();
        flatten("", document, values);
        documents.add(values);
      }
    } catch (YamlEngineException e) {
      // its message quotes the lines around the error, and a password may be among them
      throw PropertyFiles.unreadable(file, null);
    }
    return documents;
  }

  private static void flatten(String key, @Nullable Object node, Map<String, String> values) {
    if (node instanceof Map<?, ?> map) {
      map.forEach(
          (name, value) -> flatten(key.isEmpty() ? "" + name : key + "." + name, value, values));
    } else if (node instanceof List<?> list) {
      StringJoiner items = new StringJoiner(",");
      list.forEach(item -> items.add(String.valueOf(item)));
      values.put(key, items.toString());
    } else if (node != null) {
      values.put(key, node.toString());
    }
  }
}
