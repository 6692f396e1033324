package io.github.pgkill.connection.spring;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.github.pgkill.connection.build.BuildContext;
import io.github.pgkill.model.failure.PgkillFailure;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What Spring lets win over every file: {@code SPRING_APPLICATION_JSON}, then system properties,
 * then the environment. What was typed with {@code -D} counts as system properties: Surefire and
 * Failsafe hand it on to the application.
 */
final class SpringOutside {

  private static final String JSON = "spring.application.json";
  private static final String RUN = "spring-boot.run.";

  private SpringOutside() {}

  static List<SpringSource> read(BuildContext build) {
    Map<String, String> typed = new TreeMap<>(build.userProperties());
    for (String name :
        List.of("arguments", "jvmArguments", "environmentVariables", "commandlineArgs")) {
      if (typed.containsKey(RUN + name)) {
        throw new PgkillFailure(
            "-D" + RUN + name + " is for the application only",
            "Type Spring's own properties with -D, or give -Dpgkill.url.");
      }
    }
    Optional.ofNullable(typed.get(RUN + "profiles"))
        .ifPresent(profiles -> typed.put("spring.profiles.active", profiles));
    typed.putIfAbsent("user.home", build.environment().home().toString());
    typed.putIfAbsent("user.name", build.environment().osUser());
    SpringSource properties = SpringSource.of("-D", typed);
    SpringSource environment = SpringSource.ofEnvironment(build.environment().variables());
    List<SpringSource> sources = new ArrayList<>(List.of(properties, environment));
    properties
        .bound(JSON)
        .or(() -> environment.bound(JSON))
        .filter(json -> !json.isEmpty())
        .ifPresent(json -> sources.add(0, SpringSource.of("SPRING_APPLICATION_JSON", parse(json))));
    return sources;
  }

  private static Map<String, String> parse(String json) {
    Map<String, String> values = new LinkedHashMap<>();
    try (JsonReader reader = new JsonReader(new StringReader(json))) {
      if (reader.peek() != JsonToken.BEGIN_OBJECT) {
        throw unreadable();
      }
      read("", reader, values);
    } catch (IOException | IllegalStateException e) {
      throw unreadable();
    }
    return values;
  }

  private static void read(String name, JsonReader reader, Map<String, String> values)
      throws IOException {
    switch (reader.peek()) {
      case BEGIN_OBJECT -> {
        reader.beginObject();
        while (reader.hasNext()) {
          read((name.isEmpty() ? "" : name + ".") + reader.nextName(), reader, values);
        }
        reader.endObject();
      }
      case BEGIN_ARRAY -> {
        reader.beginArray();
        for (int i = 0; reader.hasNext(); i++) {
          read(name + "[" + i + "]", reader, values);
        }
        reader.endArray();
      }
      case NULL -> reader.nextNull();
      case BOOLEAN -> values.put(name, "" + reader.nextBoolean());
      default -> values.put(name, reader.nextString());
    }
  }

  private static PgkillFailure unreadable() {
    return new PgkillFailure(
        "SPRING_APPLICATION_JSON is not a JSON object", "Mend it, or give -Dpgkill.url.");
  }
}
