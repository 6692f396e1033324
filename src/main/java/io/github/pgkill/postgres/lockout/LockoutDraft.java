package io.github.pgkill.postgres.lockout;

import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.github.pgkill.model.lockout.AclEntry;
import io.github.pgkill.model.lockout.BuildIdentity;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.DatabaseState;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.lockout.LockoutState;
import io.github.pgkill.model.lockout.ProcessMark;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.poolers.PausedAlias;
import io.github.pgkill.model.value.ServerText;
import io.github.pgkill.postgres.lockout.LockoutComment.Malformed;
import io.github.pgkill.postgres.lockout.LockoutComment.TooNew;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Collects the parts of a record while they are read; every one exactly once, and all of them. */
final class LockoutDraft {

  private static final int MOST_ENTRIES = 10_000;
  private static final int MOST_PARTS = 1_000;
  private static final Pattern HOST = Pattern.compile("\\P{IsControl}{1,255}");
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,20}");
  private static final Pattern NONCE = Pattern.compile("[0-9a-f]{8,64}");
  private static final Pattern MARK = Pattern.compile("[\\p{Alnum}:\\[\\]-]{1,60}");
  private static final Pattern VERSION = Pattern.compile("[\\p{Alnum}.+_-]{1,60}");
  private static final Set<String> PRIVILEGES = Set.of("CONNECT", "TEMPORARY", "CREATE");

  private static final Set<String> IN_EVERY_FORMAT =
      Set.of(
          "systemIdentifier",
          "databaseOid",
          "databaseName",
          "closedWith",
          "reopen",
          "buildHost",
          "buildPid",
          "buildStartedAt",
          "closedAt",
          "before",
          "after",
          "comment",
          "roles");

  private static final Set<String> IN_THE_SECOND =
      Set.of(
          "state",
          "buildNonce",
          "bootId",
          "processNamespace",
          "startTicks",
          "loginRole",
          "commentBytes",
          "nodes",
          "poolers");

  private final int format;
  private final @Nullable String plugin;
  private final Charset encoding;
  private final Map<String, String> texts = new HashMap<>();
  private final Map<String, DatabaseState> states = new HashMap<>();
  private final Map<String, List<Map<String, String>>> parts = new HashMap<>();
  private final Map<Long, String> roles = new HashMap<>();
  private final Set<String> seen = new HashSet<>();

  private LockoutDraft(int format, @Nullable String plugin, Charset encoding) {
    this.format = format;
    this.plugin = plugin;
    this.encoding = encoding;
  }

  /**
   * Reads a record.
   *
   * @param tooLong whether it is longer than any that this version writes
   * @param encoding in which the first format is written; the second is ASCII
   */
  static LockoutRecord read(ServerText text, boolean tooLong, Charset encoding) throws Malformed {
    String readable = new String(text.toBytes(), encoding);
    try (JsonReader json = new JsonReader(new StringReader(readable))) {
      json.setStrictness(Strictness.STRICT);
      json.beginObject();
      expect(json, "format");
      int format = json.nextInt();
      String plugin = format > 1 ? plugin(json) : null;
      if (format > LockoutComment.FORMAT) {
        throw new TooNew("it has format " + format + ", which this version does not know", plugin);
      }
      if (format < 1 || tooLong) {
        throw new Malformed("it has an impossible format or is too long");
      }
      if (format == 1 && text.in(encoding).isEmpty()) {
        throw new Malformed("it was written from a database with another encoding");
      }
      return new LockoutDraft(format, plugin, encoding).read(json);
    } catch (IOException
        | JsonParseException
        | IllegalStateException
        | IllegalArgumentException
        | DateTimeException e) {
      throw new Malformed("it is damaged: " + e.getMessage());
    }
  }

  /** Which version wrote it; null when that part is not to be read or not to be shown. */
  private static @Nullable String plugin(JsonReader json) throws IOException {
    if (json.peek() != JsonToken.NAME || !json.nextName().equals("plugin")) {
      return null;
    }
    String version = json.peek() == JsonToken.STRING ? json.nextString() : "";
    return VERSION.matcher(version).matches() ? version : null;
  }

  private LockoutRecord read(JsonReader json) throws IOException, Malformed {
    while (json.hasNext()) {
      String name = json.nextName();
      if (!seen.add(name)) {
        throw new Malformed("it has '" + name + "' twice");
      }
      if (!names().contains(name)) {
        throw new Malformed("it has an unknown part, '" + name + "'");
      }
      switch (name) {
        case "before", "after" -> states.put(name, state(json));
        case "roles" -> roles(json);
        case "nodes", "poolers" -> parts.put(name, parts(json));
        default -> text(json, name);
      }
    }
    json.endObject();
    if (json.peek() != JsonToken.END_DOCUMENT) {
      throw new Malformed("something follows the record");
    }
    return record();
  }

  private Set<String> names() {
    Set<String> names = new HashSet<>(IN_EVERY_FORMAT);
    if (format == 1) {
      names.add("buildKey");
    } else {
      names.addAll(IN_THE_SECOND);
    }
    return names;
  }

  /** Keeps no text for null; what may not be null is missed later. */
  private void text(JsonReader json, String name) throws IOException {
    if (json.peek() == JsonToken.NULL) {
      json.nextNull();
    } else {
      texts.put(name, json.nextString());
    }
  }

  private void roles(JsonReader json) throws IOException {
    json.beginObject();
    while (json.hasNext()) {
      roles.put(oid(json.nextName()), json.nextString());
    }
    json.endObject();
  }

  /** What is in them is for those who understand it; here it only has to be well-formed. */
  private static List<Map<String, String>> parts(JsonReader json) throws IOException, Malformed {
    List<Map<String, String>> parts = new ArrayList<>();
    json.beginArray();
    while (json.hasNext()) {
      Map<String, String> part = new HashMap<>();
      json.beginObject();
      while (json.hasNext()) {
        part.put(json.nextName(), json.nextString());
      }
      json.endObject();
      parts.add(Map.copyOf(part));
      if (parts.size() > MOST_PARTS || part.size() > MOST_PARTS) {
        throw new Malformed("it has too many nodes or poolers");
      }
    }
    json.endArray();
    return parts;
  }

  private static DatabaseState state(JsonReader json) throws IOException, Malformed {
    Set<AclEntry> acl = new LinkedHashSet<>();
    json.beginObject();
    expect(json, "owner");
    long owner = oid(json.nextString());
    expect(json, "defaultAcl");
    boolean defaultAcl = json.nextBoolean();
    expect(json, "connectionLimit");
    int connectionLimit = json.nextInt();
    expect(json, "allowConnections");
    boolean allowConnections = json.nextBoolean();
    expect(json, "acl");
    json.beginArray();
    while (json.hasNext()) {
      acl.add(entry(json));
      if (acl.size() > MOST_ENTRIES) {
        throw new Malformed("it has too many privileges");
      }
    }
    json.endArray();
    json.endObject();
    if (connectionLimit < -1) {
      throw new Malformed("its connection limit is impossible");
    }
    return new DatabaseState(owner, defaultAcl, acl, connectionLimit, allowConnections);
  }

  private static AclEntry entry(JsonReader json) throws IOException, Malformed {
    json.beginArray();
    AclEntry entry =
        new AclEntry(
            oid(json.nextString()), oid(json.nextString()), json.nextString(), json.nextBoolean());
    json.endArray();
    if (!PRIVILEGES.contains(entry.privilege())) {
      throw new Malformed("it has an unknown privilege");
    }
    return entry;
  }

  private static void expect(JsonReader json, String name) throws IOException, Malformed {
    if (!json.nextName().equals(name)) {
      throw new Malformed("it lacks '" + name + "'");
    }
  }

  private static long oid(String text) {
    long oid = Long.parseLong(text);
    if (oid < 0 || oid > 0xFFFF_FFFFL) {
      throw new IllegalArgumentException("not an object id: " + text);
    }
    return oid;
  }

  private LockoutRecord record() throws Malformed {
    for (String name : names()) {
      if (!seen.contains(name)) {
        throw new Malformed("it lacks '" + name + "'");
      }
    }
    if (format > 1 && plugin == null) {
      throw new Malformed("it does not say which version wrote it");
    }
    return new LockoutRecord(
        format,
        plugin,
        format == 1 ? LockoutState.CLOSED : state(),
        text("systemIdentifier", NUMBER),
        oid(text("databaseOid")),
        text("databaseName"),
        CloseWith.valueOf(text("closedWith")),
        Reopen.valueOf(text("reopen")),
        build(),
        format == 1 ? null : oid(text("loginRole")),
        Instant.parse(text("closedAt")),
        state("before"),
        state("after"),
        comment(),
        roles,
        parts.getOrDefault("nodes", List.of()),
        parts.getOrDefault("poolers", List.of()));
  }

  /** A database that is to be opened by halves is left to whoever can do it whole. */
  private LockoutState state() throws Malformed {
    List<Map<String, String>> poolers = parts.getOrDefault("poolers", List.of());
    for (Map<String, String> part : poolers) {
      if (PausedAlias.read(part).isEmpty()) {
        throw new TooNew("it has poolers to resume that this version does not know", plugin);
      }
    }
    String code = text("state");
    LockoutState state =
        Arrays.stream(LockoutState.values())
            .filter(one -> one.code().equals(code))
            .findFirst()
            .orElseThrow(
                () -> new TooNew("it is in a state that this version does not know", plugin));
    if (state != LockoutState.CLOSED && poolers.isEmpty()) {
      throw new TooNew("it is " + code + ", and names nothing that could be resumed", plugin);
    }
    return state;
  }

  private BuildIdentity build() throws Malformed {
    String host = text("buildHost", HOST);
    long pid = Long.parseLong(text("buildPid"));
    Instant startedAt = Instant.parse(text("buildStartedAt"));
    return format == 1
        ? new BuildIdentity(Integer.parseInt(text("buildKey")), host, pid, startedAt)
        : new BuildIdentity(text("buildNonce", NONCE), host, pid, startedAt, mark());
  }

  private @Nullable ProcessMark mark() throws Malformed {
    return texts.get("bootId") == null
        ? null
        : new ProcessMark(
            text("bootId", MARK),
            text("processNamespace", MARK),
            Long.parseLong(text("startTicks")));
  }

  private @Nullable ServerText comment() throws Malformed {
    String comment = texts.get("comment");
    String bytes = texts.get("commentBytes");
    if (comment != null && bytes != null) {
      throw new Malformed("it has two comments");
    }
    if (bytes != null) {
      return ServerText.of(HexFormat.of().parseHex(bytes));
    }
    Charset written = format == 1 ? encoding : StandardCharsets.UTF_8;
    return comment == null ? null : ServerText.of(comment, written);
  }

  /** What is shown to people must look like what it says it is. */
  private String text(String name, Pattern pattern) throws Malformed {
    String text = text(name);
    if (!pattern.matcher(text).matches()) {
      throw new Malformed("its '" + name + "' is impossible");
    }
    return text;
  }

  private String text(String name) throws Malformed {
    String text = texts.get(name);
    if (text == null) {
      throw new Malformed("it lacks '" + name + "'");
    }
    return text;
  }

  private DatabaseState state(String name) throws Malformed {
    DatabaseState state = states.get(name);
    if (state == null) {
      throw new Malformed("it lacks '" + name + "'");
    }
    return state;
  }
}
