package io.github.pgkill.patroni;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.patroni.ClusterView;
import io.github.pgkill.model.patroni.MemberStatus;
import io.github.pgkill.model.patroni.PatroniMember;
import io.github.pgkill.model.patroni.PatroniUrl;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads what Patroni answers, and believes nothing of it: what is missing or odd is a failure. */
final class PatroniAnswers {

  /** More than anybody runs. */
  private static final int MOST_MEMBERS = 100;

  /** More than any name, host, word or time. */
  private static final int LONGEST = 300;

  private PatroniAnswers() {}

  static ClusterView cluster(byte[] body) throws IOException {
    try (JsonReader json = reader(body)) {
      List<PatroniMember> members = new ArrayList<>();
      boolean paused = false;
      String switchover = null;
      json.beginObject();
      while (json.hasNext()) {
        switch (json.nextName()) {
          case "members" -> members(json, members);
          case "pause" -> paused = Boolean.parseBoolean(text(json));
          case "scheduled_switchover" -> switchover = object(json).getOrDefault("at", "some time");
          default -> json.skipValue();
        }
      }
      return new ClusterView(members, paused, switchover);
    } catch (IllegalStateException | NumberFormatException e) {
      throw strange(e);
    }
  }

  static MemberStatus member(byte[] body) throws IOException {
    try (JsonReader json = reader(body)) {
      Map<String, String> facts = object(json);
      return new MemberStatus(
          facts.getOrDefault("role", ""),
          facts.getOrDefault("state", ""),
          facts.getOrDefault("database_system_identifier", ""),
          PatroniTime.read(facts.getOrDefault("postmaster_start_time", "")).orElse(null));
    } catch (IllegalStateException e) {
      throw strange(e);
    }
  }

  private static JsonReader reader(byte[] body) {
    return new JsonReader(
        new InputStreamReader(new ByteArrayInputStream(body), StandardCharsets.UTF_8));
  }

  private static IOException strange(RuntimeException e) {
    return new IOException("it answers with something that is not Patroni's", e);
  }

  private static void members(JsonReader json, List<PatroniMember> members) throws IOException {
    json.beginArray();
    while (json.hasNext()) {
      if (members.size() == MOST_MEMBERS) {
        throw new IOException("it names more than " + MOST_MEMBERS + " members");
      }
      members.add(oneMember(json));
    }
    json.endArray();
  }

  private static PatroniMember oneMember(JsonReader json) throws IOException {
    Map<String, String> facts = object(json);
    String name = required(facts, "name");
    return new PatroniMember(
        name,
        required(facts, "role"),
        facts.getOrDefault("state", ""),
        new HostAddress(required(facts, "host"), null, port(required(facts, "port"))),
        PatroniUrl.read(facts.getOrDefault("api_url", "")).orElse(null),
        facts.getOrDefault("timeline", ""),
        facts.getOrDefault("lag", ""),
        facts.getOrDefault("tags", ""),
        facts.get("scheduled_restart"));
  }

  private static String required(Map<String, String> facts, String name) throws IOException {
    String value = facts.getOrDefault(name, "");
    if (value.isEmpty()) {
      throw new IOException("it names a member without " + name);
    }
    return value;
  }

  private static int port(String text) throws IOException {
    int port = text.matches("\\d{1,5}") ? Integer.parseInt(text) : 0;
    if (port < 1 || port > 65535) {
      throw new IOException("it names a member whose port is none");
    }
    return port;
  }

  /** An object's own values as text. An object in it becomes words: {@code a=1, b=2}. */
  private static Map<String, String> object(JsonReader json) throws IOException {
    Map<String, String> values = new HashMap<>();
    json.beginObject();
    while (json.hasNext()) {
      String name = json.nextName();
      @Nullable String value = json.peek() == JsonToken.BEGIN_OBJECT ? words(json) : text(json);
      if (value != null) {
        values.put(name, value);
      }
    }
    json.endObject();
    return values;
  }

  private static String words(JsonReader json) throws IOException {
    List<String> words = new ArrayList<>();
    json.beginObject();
    while (json.hasNext()) {
      String name = json.nextName();
      @Nullable String value = text(json);
      if (value != null) {
        words.add(name + "=" + value);
      }
    }
    json.endObject();
    return shortened(String.join(", ", words));
  }

  /** Null for what is no plain value. */
  private static @Nullable String text(JsonReader json) throws IOException {
    return switch (json.peek()) {
      case STRING, NUMBER -> shortened(json.nextString());
      case BOOLEAN -> Boolean.toString(json.nextBoolean());
      default -> {
        json.skipValue();
        yield null;
      }
    };
  }

  private static String shortened(String text) {
    return text.length() > LONGEST ? text.substring(0, LONGEST) : text;
  }
}
