package io.github.pgkill.report.html;

import com.google.gson.JsonParseException;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import io.github.pgkill.report.json.JsonReport;
import java.io.EOFException;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Reads what the index tells of a JSON report, which may be broken or somebody else's. */
final class ReportHeadReader {

  private final JsonReader json;
  private @Nullable String goal;
  private @Nullable String executionId;
  private @Nullable String startedAt;
  private @Nullable String buildStartedAt;
  private @Nullable String durationMillis;
  private @Nullable String status;
  private @Nullable String summary;
  private @Nullable String server;
  private @Nullable String database;

  private ReportHeadReader(JsonReader json) {
    this.json = json;
  }

  /**
   * Reads the beginning of a report and no more than that: the sessions come later in it.
   *
   * @throws IOException when it is no report of this plugin, or broken, or cannot be read
   */
  static ReportHead read(Path file) throws IOException {
    try (Reader in = Files.newBufferedReader(file);
        JsonReader json = new JsonReader(in)) {
      ReportHeadReader reader = new ReportHeadReader(json);
      reader.read();
      return reader.head(file.getFileName().toString());
    } catch (DateTimeException
        | IllegalStateException
        | NumberFormatException
        | JsonParseException
        | MalformedJsonException
        | EOFException
        | CharacterCodingException e) {
      throw new IOException("broken", e);
    }
  }

  private void read() throws IOException {
    json.beginObject();
    if (!json.hasNext() || !json.nextName().equals("schema") || !JsonReport.SCHEMA.equals(text())) {
      throw new IOException("not a report of this plugin");
    }
    boolean more = true;
    while (more && json.hasNext()) {
      String name = json.nextName();
      property(name);
      more = !name.equals("connection");
    }
  }

  private void property(String name) throws IOException {
    switch (name) {
      case "goal" -> goal = text();
      case "executionId" -> executionId = text();
      case "startedAt" -> startedAt = text();
      case "buildStartedAt" -> buildStartedAt = text();
      case "durationMillis" -> durationMillis = text();
      case "verdict", "connection" -> within();
      default -> json.skipValue();
    }
  }

  private void within() throws IOException {
    if (json.peek() == JsonToken.NULL) {
      json.nextNull();
      return;
    }
    json.beginObject();
    while (json.hasNext()) {
      switch (json.nextName()) {
        case "status" -> status = text();
        case "summary" -> summary = text();
        case "server" -> server = text();
        case "database" -> database = text();
        default -> json.skipValue();
      }
    }
    json.endObject();
  }

  private @Nullable String text() throws IOException {
    JsonToken token = json.peek();
    if (token == JsonToken.STRING || token == JsonToken.NUMBER) {
      return json.nextString();
    }
    json.skipValue();
    return null;
  }

  private ReportHead head(String file) throws IOException {
    String began = required("startedAt", startedAt);
    return new ReportHead(
        file,
        required("goal", goal),
        required("executionId", executionId),
        Instant.parse(buildStartedAt == null ? began : buildStartedAt),
        Instant.parse(began),
        Duration.ofMillis(Long.parseLong(required("durationMillis", durationMillis))),
        ReportHead.shown(required("status", status)),
        required("summary", summary),
        server == null ? null : ReportHead.where(server, database));
  }

  private static String required(String name, @Nullable String value) throws IOException {
    if (value == null) {
      throw new IOException("it has no " + name);
    }
    return value;
  }
}
