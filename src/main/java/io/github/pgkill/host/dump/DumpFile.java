package io.github.pgkill.host.dump;

import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.value.ByteCount;
import java.nio.file.Files;
import java.nio.file.Path;

/** A dump to restore from, checked against its manifest where there is one. */
public final class DumpFile {

  private static final String PARAMETER = "fromBackup";

  private DumpFile() {}

  /**
   * The dump that the user means: the file itself, or the one that belongs to this manifest.
   *
   * @throws InvalidParameter when it is not there, not whole, or not the one that was made
   */
  public static Path require(Path given) {
    Path path = given.toAbsolutePath().normalize();
    requireReadable(path);
    if (path.toString().endsWith(ManifestFile.SUFFIX)) {
      ManifestFile.Seal seal = ManifestFile.read(path);
      Path dump = path.resolveSibling(seal.file());
      requireReadable(dump);
      requireSame(dump, seal);
      return dump;
    }
    Path manifest = ManifestFile.beside(path);
    if (Files.exists(manifest)) {
      requireSame(path, ManifestFile.read(manifest));
    }
    return path;
  }

  private static void requireReadable(Path path) {
    if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
      throw new InvalidParameter(
          PARAMETER,
          path + (Files.exists(path) ? " is not a file that can be read" : " is not there"),
          "Name a dump in pg_dump's custom format, such as mvn pgkill:backup writes.");
    }
  }

  private static void requireSame(Path dump, ManifestFile.Seal seal) {
    long size = dump.toFile().length();
    if (size != seal.size()) {
      throw damaged(
          dump,
          "has " + ByteCount.format(size) + " (" + size + "), not the " + seal.size() + " bytes");
    }
    if (!Checksum.sha256(dump).equals(seal.sha256())) {
      throw damaged(dump, "has another checksum than the one");
    }
  }

  private static InvalidParameter damaged(Path dump, String how) {
    return new InvalidParameter(
        PARAMETER,
        dump + " " + how + " that its manifest says: it was damaged or replaced",
        "Take another backup. If this is the one that you want, move the manifest away.");
  }
}
