package io.github.pgkill.maven.goal;

import java.io.File;
import java.lang.reflect.Field;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.maven.plugin.descriptor.MojoDescriptor;
import org.apache.maven.plugin.descriptor.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * What was asked for, as the report tells it: the bound values of all parameters that the goal's
 * own descriptor lets users set. So a new parameter is in the report without being listed a second
 * time.
 */
final class AskedFor {

  private AskedFor() {}

  /** The parameters in effect by name, those that all goals share first; never a secret. */
  static Map<String, Object> of(AbstractPgkillMojo mojo, MojoDescriptor goal) {
    Set<String> editable =
        goal.getParameters().stream()
            .filter(Parameter::isEditable)
            .map(Parameter::getName)
            .collect(Collectors.toSet());
    Map<String, Object> asked = new LinkedHashMap<>();
    for (Class<?> type : classLine(mojo)) {
      for (Field field : type.getDeclaredFields()) {
        if (editable.contains(field.getName()) && !field.isAnnotationPresent(Unreported.class)) {
          Object value = value(field, mojo);
          if (value != null && !(value instanceof Collection<?> many && many.isEmpty())) {
            asked.put(field.getName(), mojo.shown(field.getName(), value));
          }
        }
      }
    }
    return asked;
  }

  private static Deque<Class<?>> classLine(AbstractPgkillMojo mojo) {
    Deque<Class<?>> line = new ArrayDeque<>();
    Class<?> type = mojo.getClass();
    while (type != null && AbstractPgkillMojo.class.isAssignableFrom(type)) {
      line.push(type);
      type = type.getSuperclass();
    }
    return line;
  }

  private static @Nullable Object value(Field field, AbstractPgkillMojo mojo) {
    try {
      field.setAccessible(true);
      Object value = field.get(mojo);
      return value instanceof File file ? file.getPath() : value;
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("a field made accessible is not", e);
    }
  }
}
