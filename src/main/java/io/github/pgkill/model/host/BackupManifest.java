package io.github.pgkill.model.host;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a dump; it stands beside it as JSON.
 *
 * @param file the dump's name, in the same directory
 * @param size in bytes
 * @param sha256 its checksum, in hexadecimal
 * @param createdAt when it began, ISO 8601
 * @param server host and port that were dialled
 * @param systemIdentifier the server's; null where the role may not ask
 * @param serverVersion as the server prints it
 * @param database the database's name
 * @param databaseOid its object id, which no other database of the server had
 * @param encoding its encoding
 * @param databaseSize its size on the server in bytes; null where the role may not ask
 * @param dumpVersion of pg_dump
 * @param entries what {@code pg_restore --list} counted
 */
public record BackupManifest(
    String file,
    long size,
    String sha256,
    String createdAt,
    String server,
    @Nullable String systemIdentifier,
    String serverVersion,
    String database,
    long databaseOid,
    String encoding,
    @Nullable Long databaseSize,
    String dumpVersion,
    int entries) {

  /** What no dump of a database holds. */
  public static final List<String> NOT_HELD =
      List.of(
          "roles, with their passwords, memberships and settings",
          "tablespaces",
          "other databases of the server");
}
