package io.github.pgkill.host.dump;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.host.BackupManifest;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The JSON beside a dump that says what it is. */
final class ManifestFile {

  static final String SUFFIX = ".json";

  private static final String FORMAT = "pgkill-backup/1";

  private ManifestFile() {}

  /** What a dump's manifest needs to be held against the dump. */
  record Seal(String file, long size, String sha256) {}

  /** The manifest of a dump of that name. */
  static Path beside(Path dump) {
    return dump.resolveSibling(dump.getFileName() + SUFFIX);
  }

  static void write(BackupManifest manifest, Path file) throws IOException {
    Files.createFile(file, BackupDirectory.ownersAlone(file, "rw-------"));
    try (Writer out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
      JsonWriter json = new JsonWriter(out);
      json.setIndent("  ");
      json.setSerializeNulls(true);
      json.beginObject();
      json.name("format").value(FORMAT);
      json.name("file").value(manifest.file());
      json.name("sizeBytes").value(manifest.size());
      json.name("sha256").value(manifest.sha256());
      json.name("createdAt").value(manifest.createdAt());
      json.name("server").value(manifest.server());
      json.name("systemIdentifier").value(manifest.systemIdentifier());
      json.name("serverVersion").value(manifest.serverVersion());
      json.name("database").value(manifest.database());
      json.name("databaseOid").value(manifest.databaseOid());
      json.name("encoding").value(manifest.encoding());
      json.name("databaseSizeBytes").value(manifest.databaseSize());
      json.name("dumpVersion").value(manifest.dumpVersion());
      json.name("entries").value(manifest.entries());
      json.name("notHeld").beginArray();
      for (String what : BackupManifest.NOT_HELD) {
        json.value(what);
      }
      json.endArray();
      json.endObject();
      json.flush();
      out.write("\n");
    }
  }

  /**
   * Reads what is needed to check a dump.
   *
   * @throws PgkillFailure when it is no manifest
   */
  static Seal read(Path file) {
    try (Reader in = Files.newBufferedReader(file, StandardCharsets.UTF_8);
        JsonReader json = new JsonReader(in)) {
      Map<String, String> values = new HashMap<>();
      json.beginObject();
      while (json.hasNext()) {
        String name = json.nextName();
        if (json.peek() == JsonToken.STRING || json.peek() == JsonToken.NUMBER) {
          values.put(name, json.nextString());
        } else {
          json.skipValue();
        }
      }
      json.endObject();
      String dump = values.getOrDefault("file", "");
      String sha256 = values.getOrDefault("sha256", "");
      // a name and nothing else: it may not lead out of the directory
      boolean plain = !dump.isEmpty() && Path.of(dump).equals(Path.of(dump).getFileName());
      if (!FORMAT.equals(values.get("format")) || !plain || !sha256.matches("[0-9a-f]{64}")) {
        throw notOne(file, null);
      }
      return new Seal(dump, Long.parseLong(values.getOrDefault("sizeBytes", "")), sha256);
    } catch (IOException | IllegalStateException | IllegalArgumentException e) {
      throw notOne(file, e);
    }
  }

  private static PgkillFailure notOne(Path file, @org.jspecify.annotations.Nullable Exception e) {
    return new PgkillFailure(
        file + " is not the manifest of a backup",
        "Name the dump itself, and put the manifest that belongs to it beside it or none.",
        e);
  }
}
