package io.github.pgkill.connection.spring;

import io.github.pgkill.connection.build.PropertyFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * Reads YAML into flat keys with the library and the settings of Spring, but with the library's own
 * limits of size, depth and aliases. The library is loaded for nobody else.
 */
final class YamlFile {

  private YamlFile() {}

  static List<Map<String, String>> documents(String text, Path file) {
    List<Map<String, String>> documents = new ArrayList<>();
    try {
      for (Object document : yaml().loadAll(text)) {
        if (document instanceof Map<?, ?> map) {
          Map<String, String> values = new LinkedHashMap<>();
          map.forEach((key, value) -> put(name(key), value, values, file));
          documents.add(values);
        } else if (document != null && !"".equals(document)) {
          documents.add(Map.of("document", document.toString()));
        }
      }
    } catch (YAMLException e) {
      // its message quotes the lines around the error, and a password may be among them
      throw PropertyFiles.unreadable(file, null);
    }
    return documents;
  }

  private static Yaml yaml() {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    DumperOptions unused = new DumperOptions();
    return new Yaml(
        new SafeConstructor(options), new Representer(unused), unused, options, new WithoutDates());
  }

  private static String name(@Nullable Object key) {
    return key instanceof String text ? text : "[" + key + "]";
  }

  private static void put(
      String key, @Nullable Object value, Map<String, String> values, Path file) {
    if (value instanceof Map<?, ?> map) {
      map.forEach((inner, item) -> put(join(key, name(inner)), item, values, file));
    } else if (value instanceof List<?> list) {
      if (list.isEmpty()) {
        values.put(key, "");
      }
      for (int i = 0; i < list.size(); i++) {
        put(key + "[" + i + "]", list.get(i), values, file);
      }
    } else if (value == null
        || value instanceof String
        || value instanceof Number
        || value instanceof Boolean) {
      values.put(key, value == null ? "" : value.toString());
    } else {
      throw PropertyFiles.unreadable(file, null);
    }
  }

  private static String join(String key, String inner) {
    return inner.startsWith("[") ? key + inner : key + "." + inner;
  }

  /** What looks like a date stays a text. */
  private static final class WithoutDates extends Resolver {

    @Override
    public void addImplicitResolver(Tag tag, Pattern regexp, String first, int limit) {
      if (!tag.equals(Tag.TIMESTAMP)) {
        super.addImplicitResolver(tag, regexp, first, limit);
      }
    }
  }
}
