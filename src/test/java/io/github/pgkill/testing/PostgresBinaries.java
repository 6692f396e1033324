package io.github.pgkill.testing;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * The programs of one PostgreSQL major, unpacked from the jar that the build put into {@code
 * target/postgres/<major>/}. Unpacked once and then reused, also by several JVMs at a time.
 *
 * @param clusters where the new clusters lie that these programs have made: see {@link NewCluster}
 */
record PostgresBinaries(int major, Path home, Path clusters) {

  private static final Map<PostgresBinaries, PostgresBinaries> COPIES = new ConcurrentHashMap<>();

  /** The major that tests run on unless they ask for another: {@code -Dpg.major}, else 15. */
  static int defaultMajor() {
    return Integer.getInteger("pg.major", 15);
  }

  /** What the build has of that major. */
  static Path directory(int major) {
    return Path.of(System.getProperty("pg.directory", "target/postgres"), Integer.toString(major))
        .toAbsolutePath();
  }

  static synchronized PostgresBinaries of(int major) {
    Path directory = directory(major);
    Path home = directory.resolve("home");
    if (!Files.isDirectory(home)) {
      Path jar = directory.resolve("binaries.jar");
      if (!Files.isRegularFile(jar)) {
        throw new IllegalStateException(
            "No PostgreSQL %d at %s. Run: mvn generate-test-resources -Dpg.major=%d"
                .formatted(major, jar, major));
      }
      try {
        unpack(jar, home);
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot unpack " + jar, e);
      }
    }
    return new PostgresBinaries(major, home, directory);
  }

  /**
   * The same where that user can reach it: a home directory is often its owner's alone. Deleted
   * with this JVM.
   */
  PostgresBinaries reachableBy(ServerUser user) {
    return user != ServerUser.NOBODY || runsAs(user)
        ? this
        : COPIES.computeIfAbsent(this, PostgresBinaries::copied);
  }

  boolean runsAs(ServerUser user) {
    return Commands.succeeds(user.argv(List.of(tool("postgres").toString(), "-V")));
  }

  private PostgresBinaries copied() {
    try {
      Path copy = Files.createTempDirectory("pgkill-programs-");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(copy)));
      Directories.copy(home, copy.resolve("home"));
      // unpacked where new files are their owner's alone, perhaps
      Commands.run(List.of("chmod", "-R", "go+rX", copy.toString()));
      return new PostgresBinaries(major, copy.resolve("home"), clusters);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path copy) {
    try {
      Directories.delete(copy);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path tool(String name) {
    Path bin = home.resolve("bin");
    Path plain = bin.resolve(name);
    return Files.exists(plain) ? plain : bin.resolve(name + ".exe");
  }

  private static void unpack(Path jar, Path home) throws IOException {
    Path draft = Files.createTempDirectory(home.getParent(), "unpacking-");
    try {
      try (JarInputStream entries = new JarInputStream(Files.newInputStream(jar))) {
        JarEntry entry = entries.getNextJarEntry();
        while (entry != null && !entry.getName().endsWith(".txz")) {
          entry = entries.getNextJarEntry();
        }
        if (entry == null) {
          throw new IOException("no .txz in it");
        }
        unpackTar(entries, draft);
      }
      Directories.openForEverybody(draft);
      Directories.moveUnlessThere(draft, home);
    } finally {
      Directories.delete(draft);
    }
  }

  private static void unpackTar(InputStream xz, Path target) throws IOException {
    TarArchiveInputStream tar =
        new TarArchiveInputStream(new XZCompressorInputStream(new BufferedInputStream(xz)));
    for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
      Path path = target.resolve(entry.getName()).normalize();
      if (!path.startsWith(target)) {
        throw new IOException("entry outside of the archive: " + entry.getName());
      }
      if (entry.isDirectory()) {
        Files.createDirectories(path);
        continue;
      }
      Files.createDirectories(path.getParent());
      if (entry.isSymbolicLink()) {
        Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
      } else {
        Files.copy(tar, path);
        if ((entry.getMode() & 0100) != 0) {
          path.toFile().setExecutable(true, false);
        }
      }
    }
  }
}
