package io.github.pgkill.connection.spring;

import io.github.pgkill.connection.build.PropertyFiles;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Reads a .properties file as Spring does: several documents, divided by {@code #---} or {@code
 * !---}, and lists as {@code key[]=a,b}.
 */
final class SpringPropertiesFile {

  private final List<StringBuilder> documents = new ArrayList<>(List.of(new StringBuilder()));

  private SpringPropertiesFile() {}

  /** The documents that hold anything, in their order, with their keys in the file's. */
  static List<Map<String, String>> documents(String text, Path file) {
    SpringPropertiesFile properties = new SpringPropertiesFile();
    properties.divide(text);
    return properties.documents.stream()
        .filter(document -> document.length() > 0)
        .map(document -> parse(document.toString(), file))
        .filter(document -> !document.isEmpty())
        .toList();
  }

  /** A divider beside a comment of the same kind is a comment, too; Spring looks back and ahead. */
  private void divide(String text) {
    char before = 0;
    boolean continued = false;
    for (String line : text.split("\r\n|\r|\n", -1)) {
      String stripped = line.replaceFirst("^[ \t\f]+", "");
      if (!continued && stripped.matches("[#!].*")) {
        char kind = stripped.charAt(0);
        if (line.matches("[#!]---[ \t\f]*") && before != kind) {
          documents.add(new StringBuilder());
        } else {
          before = kind;
          joinWhenEmpty();
        }
      } else {
        before = 0;
        if (continued || !stripped.isEmpty()) {
          last().append(line).append('\n');
        }
        continued = line.matches(".*(?<!\\\\)(\\\\\\\\)*\\\\");
      }
    }
  }

  /** A comment before the first key of a document takes its divider back. */
  private void joinWhenEmpty() {
    if (last().length() == 0 && documents.size() > 1) {
      documents.remove(documents.size() - 1);
    }
  }

  private StringBuilder last() {
    return documents.get(documents.size() - 1);
  }

  private static Map<String, String> parse(String text, Path file) {
    Map<String, String> values = new LinkedHashMap<>();
    try {
      new InOrder(values).load(new StringReader(text));
    } catch (IOException | IllegalArgumentException e) {
      throw PropertyFiles.unreadable(file, null);
    }
    values.remove("");
    return values;
  }

  /** Hands over the pairs as they come. */
  private static final class InOrder extends Properties {

    private static final long serialVersionUID = 1;

    private final transient Map<String, String> values;

    InOrder(Map<String, String> values) {
      this.values = values;
    }

    @Override
    public synchronized @Nullable Object put(Object key, Object value) {
      String name = key.toString();
      if (!name.endsWith("[]")) {
        return values.put(name, value.toString());
      }
      int index = 0;
      for (String item : value.toString().split(",")) {
        values.put(name.replaceFirst("]$", index++ + "]"), item.stripLeading());
      }
      return null;
    }
  }
}
