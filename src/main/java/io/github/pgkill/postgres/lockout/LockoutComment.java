package io.github.pgkill.postgres.lockout;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonWriter;
import io.github.pgkill.model.lockout.AclEntry;
import io.github.pgkill.model.lockout.BuildIdentity;
import io.github.pgkill.model.lockout.DatabaseState;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.lockout.LockoutState;
import io.github.pgkill.model.lockout.ProcessMark;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.poolers.PausedAlias;
import io.github.pgkill.model.value.ServerText;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The record of a lockout as the comment of its database: first the SQL that undoes it, then a
 * sentence for whoever reads {@code \l+}, then the record as JSON on the last line, which is ASCII
 * and so the same from a database of whatever encoding. What is read may have been written by
 * anybody who owns a database: it is taken whole or not at all, and never executed.
 */
final class LockoutComment {

  /** What stands before the record, and tells such a comment from others. */
  static final String MARKER = "\npgkill-lockout:";

  /** The format that this version writes. */
  static final int FORMAT = 2;

  private static final int LONGEST = 1_000_000;
  private static final int MESSAGE = 200;
  private static final int LAST_ASCII = 0x7E;

  private LockoutComment() {}

  /** A comment that looks like a record and cannot be used as one. */
  static sealed class Malformed extends Exception permits TooNew {
    private static final long serialVersionUID = 1L;

    /** The message may repeat what a stranger wrote. */
    Malformed(String message) {
      super(oneLine(message.length() > MESSAGE ? message.substring(0, MESSAGE) + "..." : message));
    }
  }

  /** A record that asks for more than this version can undo. */
  static final class TooNew extends Malformed {
    private static final long serialVersionUID = 1L;

    private final @Nullable String plugin;

    TooNew(String message, @Nullable String plugin) {
      super(message);
      this.plugin = plugin;
    }

    /** The version that wrote it; null where it does not say. */
    @Nullable String plugin() {
      return plugin;
    }
  }

  /** Whether a comment claims to be a record. */
  static boolean isOne(@Nullable ServerText comment) {
    return comment != null && comment.bytes().contains(MARKER);
  }

  /**
   * The comment that keeps the record, as it is written from a database of that encoding.
   *
   * @throws Malformed when it could not be read back, so that nothing may be closed with it
   */
  static String encodeSafely(LockoutRecord record, Charset encoding) throws Malformed {
    String comment = encode(record, encoding);
    if (!decode(ServerText.of(comment, encoding), encoding).equals(record)) {
      throw new Malformed("it reads differently from what was written");
    }
    return comment;
  }

  /** The comment that keeps the record. */
  static String encode(LockoutRecord record, Charset encoding) {
    return LockoutUndo.sql(record, encoding)
        + (record.state() == LockoutState.CLOSED
            ? "\nClosed to new connections by pgkill-maven-plugin "
            : record.state() == LockoutState.PAUSING
                ? "\nAbout to be closed to new connections by pgkill-maven-plugin "
                : "\nOpen again, after it was closed by pgkill-maven-plugin ")
        + record.plugin()
        + " on host "
        + oneLine(record.build().host()).replaceAll("\\P{ASCII}", "?")
        + " at "
        + record.closedAt()
        + (record.state() == LockoutState.RESUMING ? "" : "; " + until(record.reopen()))
        + ". mvn pgkill:restore-connect undoes exactly this."
        + toResume(record.paused())
        + MARKER
        + ascii(json(record));
  }

  /** The comment as a value of {@code %L}: for people to read where that is as exact. */
  static @Nullable Object literal(@Nullable ServerText comment, Charset encoding) {
    if (comment == null || !encoding.equals(StandardCharsets.UTF_8)) {
      return comment;
    }
    return comment.in(encoding).<Object>map(text -> text).orElse(comment);
  }

  private static String until(Reopen reopen) {
    return switch (reopen) {
      case IMMEDIATELY -> "it opens again when the goal is done";
      case BUILD_END -> "it opens again when the build is done";
      case NEVER -> "it stays closed until somebody opens it";
    };
  }

  /** For whoever reads this where we cannot do it. */
  private static String toResume(List<PausedAlias> paused) {
    return paused.isEmpty()
        ? ""
        : " Its poolers are paused until then, and resumed at their consoles by: "
            + oneLine(
                    paused.stream()
                        .map(alias -> alias.resume() + " at " + alias.console())
                        .collect(Collectors.joining(" ")))
                .replaceAll("\\P{ASCII}", "?");
  }

  private static String oneLine(String text) {
    return text.replaceAll("[\\p{IsControl}\\u2028\\u2029]", " ");
  }

  /** Outside of its texts JSON is ASCII anyway, and inside every character may be escaped. */
  private static String ascii(String json) {
    StringBuilder text = new StringBuilder(json.length());
    for (char c : json.toCharArray()) {
      if (c > LAST_ASCII) {
        text.append(String.format("\\u%04x", (int) c));
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }

  private static String json(LockoutRecord record) {
    StringWriter text = new StringWriter();
    try (JsonWriter json = new JsonWriter(text)) {
      json.setStrictness(Strictness.STRICT);
      json.beginObject();
      // in this order in every later format, too: each version must be able to read so far
      json.name("format").value(FORMAT);
      json.name("plugin").value(record.plugin());
      json.name("state").value(record.state().code());
      json.name("systemIdentifier").value(record.systemIdentifier());
      json.name("databaseOid").value(record.databaseOid());
      json.name("databaseName").value(record.databaseName());
      json.name("closedWith").value(record.closedWith().name());
      json.name("reopen").value(record.reopen().name());
      json.name("closedAt").value(record.closedAt().toString());
      write(json, record.build());
      json.name("loginRole").value(record.login());
      json.name("before");
      write(json, record.before());
      json.name("after");
      write(json, record.after());
      write(json, record.comment());
      write(json.name("roles"), new TreeMap<>(record.roles()));
      write(json.name("nodes"), record.nodes());
      write(json.name("poolers"), record.poolers());
      json.endObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static void write(JsonWriter json, BuildIdentity build) throws IOException {
    ProcessMark mark = build.mark();
    json.name("buildNonce").value(build.nonce());
    json.name("buildHost").value(build.host());
    json.name("buildPid").value(build.pid());
    json.name("buildStartedAt").value(build.startedAt().toString());
    json.name("bootId").value(mark == null ? null : mark.bootId());
    json.name("processNamespace").value(mark == null ? null : mark.namespace());
    json.name("startTicks").value(mark == null ? null : mark.startTicks());
  }

  /** As text where it is one in the usual encoding, else as what it is. */
  private static void write(JsonWriter json, @Nullable ServerText comment) throws IOException {
    Optional<String> text = comment == null ? Optional.empty() : comment.in(StandardCharsets.UTF_8);
    json.name("comment").value(text.orElse(null));
    json.name("commentBytes")
        .value(
            comment == null || text.isPresent()
                ? null
                : HexFormat.of().formatHex(comment.toBytes()));
  }

  private static void write(JsonWriter json, Map<?, String> texts) throws IOException {
    json.beginObject();
    for (Map.Entry<?, String> one : texts.entrySet()) {
      json.name(one.getKey().toString()).value(one.getValue());
    }
    json.endObject();
  }

  private static void write(JsonWriter json, List<Map<String, String>> parts) throws IOException {
    json.beginArray();
    for (Map<String, String> part : parts) {
      write(json, new TreeMap<>(part));
    }
    json.endArray();
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
   * @param encoding of the database from which it was read, and the first format written
   * @throws TooNew when another version wrote it and this one cannot undo it
   * @throws Malformed when any part of it is missing, unknown or impossible
   */
  static LockoutRecord decode(ServerText comment, Charset encoding) throws Malformed {
    // the first: an older comment inside the record has its line breaks escaped
    int marker = comment.bytes().indexOf(MARKER);
    if (marker < 0) {
      throw new Malformed("it has no record");
    }
    ServerText json = new ServerText(comment.bytes().substring(marker + MARKER.length()));
    return LockoutDraft.read(json, comment.bytes().length() > LONGEST, encoding);
  }
}
