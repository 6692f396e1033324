package io.github.pgkill.postgres;

import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import io.github.pgkill.model.AclEntry;
import io.github.pgkill.model.BuildIdentity;
import io.github.pgkill.model.CloseWith;
import io.github.pgkill.model.DatabaseState;
import io.github.pgkill.model.LockoutRecord;
import io.github.pgkill.model.Reopen;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The record of a lockout as the comment of its database: first the SQL that undoes it, then a
 * sentence for whoever reads {@code \l+}, then the record as JSON on the last line. What is read
 * may have been written by anybody who owns a database: it is taken whole or not at all, and never
 * executed.
 */
final class LockoutComment {

  /** What stands before the record, and tells such a comment from others. */
  static final String MARKER = "\npgkill-lockout:";

  private static final int FORMAT = 1;
  private static final int LONGEST = 1_000_000;
  private static final int MESSAGE = 200;
  private static final int MOST_ENTRIES = 10_000;
  private static final Pattern HOST = Pattern.compile("\\P{IsControl}{1,255}");
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,20}");
  private static final Set<String> PRIVILEGES = Set.of("CONNECT", "TEMPORARY", "CREATE");

  private LockoutComment() {}

  /** A comment that looks like a record and cannot be used as one. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    /** The message may repeat what a stranger wrote. */
    Malformed(String message) {
      super(oneLine(message.length() > MESSAGE ? message.substring(0, MESSAGE) + "..." : message));
    }
  }

  /** Whether a comment claims to be a record. */
  static boolean isOne(@Nullable String comment) {
    return comment != null && comment.contains(MARKER);
  }

  /**
   * The comment that keeps the record.
   *
   * @throws Malformed when it could not be read back, so that nothing may be closed with it
   */
  static String encodeSafely(LockoutRecord record) throws Malformed {
    String comment = encode(record);
    if (!decode(comment).equals(record)) {
      throw new Malformed("it reads differently from what was written");
    }
    return comment;
  }

  /** The comment that keeps the record. */
  static String encode(LockoutRecord record) {
    return LockoutUndo.sql(record)
        + "\nClosed to new connections by pgkill-maven-plugin on host "
        + oneLine(record.build().host())
        + " at "
        + record.closedAt()
        + "; "
        + until(record.reopen())
        + ". mvn pgkill:restore-connect undoes exactly this."
        + MARKER
        + json(record);
  }

  private static String until(Reopen reopen) {
    return switch (reopen) {
      case IMMEDIATELY -> "it opens again when the goal is done";
      case BUILD_END -> "it opens again when the build is done";
      case NEVER -> "it stays closed until somebody opens it";
    };
  }

  private static String oneLine(String text) {
    return text.replaceAll("[\\p{IsControl}\\u2028\\u2029]", " ");
  }

  private static String json(LockoutRecord record) {
    StringWriter text = new StringWriter();
    try (JsonWriter json = new JsonWriter(text)) {
      json.setStrictness(Strictness.STRICT);
      json.beginObject();
      json.name("format").value(FORMAT);
      json.name("systemIdentifier").value(record.systemIdentifier());
      json.name("databaseOid").value(record.databaseOid());
      json.name("databaseName").value(record.databaseName());
      json.name("closedWith").value(record.closedWith().name());
      json.name("reopen").value(record.reopen().name());
      json.name("buildKey").value(record.build().key());
      json.name("buildHost").value(record.build().host());
      json.name("buildPid").value(record.build().pid());
      json.name("buildStartedAt").value(record.build().startedAt().toString());
      json.name("closedAt").value(record.closedAt().toString());
      json.name("before");
      write(json, record.before());
      json.name("after");
      write(json, record.after());
      json.name("comment").value(record.comment());
      json.name("roles").beginObject();
      for (Map.Entry<Long, String> role : new TreeMap<>(record.roles()).entrySet()) {
        json.name(role.getKey().toString()).value(role.getValue());
      }
      json.endObject();
      json.endObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static void write(JsonWriter json, DatabaseState state) throws IOException {
    json.beginObject();
    json.name("owner").value(state.owner());
    json.name("defaultAcl").value(state.defaultAcl());
    json.name("connectionLimit").value(state.connectionLimit());
    json.name("allowConnections").value(state.allowConnections());
    json.name("acl").beginArray();
    for (AclEntry entry : state.acl()) {
      json.beginArray();
      json.value(entry.grantor()).value(entry.grantee());
      json.value(entry.privilege()).value(entry.grantable());
      json.endArray();
    }
    json.endArray();
    json.endObject();
  }

  /**
   * The record in a comment.
   *
   * @throws Malformed when any part of it is missing, unknown or impossible
   */
  static LockoutRecord decode(String comment) throws Malformed {
    // the first: an older comment inside the record has its line breaks escaped
    int marker = comment.indexOf(MARKER);
    if (marker < 0 || comment.length() > LONGEST) {
      throw new Malformed("it has no record, or one that is too long");
    }
    try (JsonReader json =
        new JsonReader(new StringReader(comment.substring(marker + MARKER.length())))) {
      json.setStrictness(Strictness.STRICT);
      LockoutRecord record = new Draft().read(json);
      if (json.peek() != JsonToken.END_DOCUMENT) {
        throw new Malformed("something follows the record");
      }
      return record;
    } catch (IOException
        | JsonParseException
        | IllegalStateException
        | IllegalArgumentException
        | DateTimeException e) {
      throw new Malformed("it is damaged: " + e.getMessage());
    }
  }

  /** Collects the parts of a record while they are read; every one exactly once. */
  private static final class Draft {
    private final Map<String, String> texts = new HashMap<>();
    private final Map<String, DatabaseState> states = new HashMap<>();
    private final Map<Long, String> roles = new HashMap<>();
    private final Set<String> seen = new HashSet<>();
    private @Nullable String comment;

    LockoutRecord read(JsonReader json) throws IOException, Malformed {
      json.beginObject();
      while (json.hasNext()) {
        String name = json.nextName();
        once(name);
        switch (name) {
          case "format",
              "systemIdentifier",
              "databaseOid",
              "databaseName",
              "closedWith",
              "reopen",
              "buildKey",
              "buildHost",
              "buildPid",
              "buildStartedAt",
              "closedAt" ->
              texts.put(name, json.nextString());
          case "before", "after" -> states.put(name, state(json));
          case "comment" -> comment(json);
          case "roles" -> roles(json);
          default -> throw new Malformed("it has an unknown part, '" + name + "'");
        }
      }
      json.endObject();
      return record();
    }

    private void once(String name) throws Malformed {
      if (!seen.add(name)) {
        throw new Malformed("it has '" + name + "' twice");
      }
    }

    private void comment(JsonReader json) throws IOException {
      if (json.peek() == JsonToken.NULL) {
        json.nextNull();
      } else {
        comment = json.nextString();
      }
    }

    private void roles(JsonReader json) throws IOException {
      json.beginObject();
      while (json.hasNext()) {
        roles.put(oid(json.nextName()), json.nextString());
      }
      json.endObject();
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
              oid(json.nextString()),
              oid(json.nextString()),
              json.nextString(),
              json.nextBoolean());
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
      if (!text("format").equals(Integer.toString(FORMAT))) {
        throw new Malformed("it has format " + text("format") + ", this version knows " + FORMAT);
      }
      if (!seen.contains("comment") || !seen.contains("roles")) {
        throw new Malformed("it lacks 'comment' or 'roles'");
      }
      return new LockoutRecord(
          text("systemIdentifier", NUMBER),
          oid(text("databaseOid")),
          text("databaseName"),
          CloseWith.valueOf(text("closedWith")),
          Reopen.valueOf(text("reopen")),
          new BuildIdentity(
              Integer.parseInt(text("buildKey")),
              text("buildHost", HOST),
              Long.parseLong(text("buildPid")),
              Instant.parse(text("buildStartedAt"))),
          Instant.parse(text("closedAt")),
          state("before"),
          state("after"),
          comment,
          roles);
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
}
