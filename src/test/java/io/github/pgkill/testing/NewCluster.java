package io.github.pgkill.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.CRC32C;

/**
 * What {@code initdb} makes, made once and copied for each server: the program takes two seconds of
 * a processor, a copy a tenth of that. A copy gets a system identifier of its own, as each cluster
 * has, because the plugin tells servers apart by it.
 */
record NewCluster(PostgresBinaries binaries, ServerUser user) {

  /** In the header of each file of the log. */
  private static final int IDENTIFIER_IN_LOG = 24;

  /** To a directory that is not there yet. */
  void copyTo(Path target) throws IOException {
    Directories.copy(made(), target);
    identify(target);
  }

  private Path made() throws IOException {
    Path made = binaries.clusters().resolve("cluster-of-" + user.name().toLowerCase(Locale.ROOT));
    if (Files.isDirectory(made)) {
      return made;
    }
    Path workshop = Directories.temporary();
    try {
      user.own(workshop);
      Path data = workshop.resolve("data");
      Commands.run(
          user.argv(
              List.of(
                  binaries.tool("initdb").toString(),
                  "--pgdata=" + data,
                  "--username=" + TestServer.SUPERUSER,
                  "--auth=trust",
                  "--encoding=UTF8",
                  "--locale=C",
                  "--no-sync")));
      Files.createDirectories(binaries.clusters());
      Path draft = Files.createTempDirectory(binaries.clusters(), "copying-");
      try {
        Directories.copy(data, draft.resolve("data"));
        Directories.moveUnlessThere(draft.resolve("data"), made);
      } finally {
        Directories.delete(draft);
      }
    } finally {
      Directories.delete(workshop);
    }
    return made;
  }

  private static void identify(Path cluster) throws IOException {
    long identifier =
        Instant.now().getEpochSecond() << 32
            | Integer.toUnsignedLong(ThreadLocalRandom.current().nextInt());
    Path control = cluster.resolve("global/pg_control");
    ByteBuffer facts = ByteBuffer.wrap(Files.readAllBytes(control)).order(ByteOrder.nativeOrder());
    int checksum = placeOfChecksum(facts);
    facts.putLong(0, identifier);
    facts.putInt(checksum, checksum(facts, checksum));
    Files.write(control, facts.array());
    try (DirectoryStream<Path> log = Files.newDirectoryStream(cluster.resolve("pg_wal"), "0000*")) {
      for (Path file : log) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
          channel.write(bytes.putLong(identifier).flip(), IDENTIFIER_IN_LOG);
        }
      }
    }
  }

  /** It ends the facts, whose number differs between majors. */
  private static int placeOfChecksum(ByteBuffer facts) {
    for (int place = Long.BYTES; place + Integer.BYTES <= facts.limit(); place += Integer.BYTES) {
      if (facts.getInt(place) == checksum(facts, place)) {
        return place;
      }
    }
    throw new IllegalStateException("no checksum in pg_control");
  }

  private static int checksum(ByteBuffer facts, int length) {
    CRC32C crc = new CRC32C();
    crc.update(facts.array(), 0, length);
    return (int) crc.getValue();
  }
}
