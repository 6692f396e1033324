package io.github.pgkill.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Shell scripts that stand in for pg_dump and pg_restore, or go before the real ones. */
public final class StandIns {

  private final Path directory;

  private StandIns(Path directory) {
    this.directory = directory;
  }

  /** In that directory; each calls itself version 99 until it is told otherwise. */
  public static StandIns in(Path directory) {
    return new StandIns(directory)
        .version("99.1")
        .restore(
            "for a; do case $a in --file=*) f=${a#--file=};; esac; done\n"
                + "case $1 in --list) echo '1; 0 0 TABLE public t ' > \"$f\";; esac");
  }

  public StandIns version(String version) {
    write("version", version);
    return this;
  }

  /** What pg_dump does; {@code $out} is the file that it is to write. */
  public StandIns dump(String script) {
    write(
        "pg_dump",
        "#!/bin/sh\n"
            + "cd \"$(dirname \"$0\")\"\n"
            + "[ \"$1\" = --version ] && { echo \"pg_dump (PostgreSQL) $(cat version)\"; exit; }\n"
            + "for a; do case $a in --file=*) out=${a#--file=};; esac; done\n"
            + script
            + "\n");
    return this;
  }

  /** What pg_restore does. */
  public StandIns restore(String script) {
    write(
        "pg_restore",
        "#!/bin/sh\n"
            + "[ \"$1\" = --version ] && { echo \"pg_restore (PostgreSQL) $(cat \"$(dirname"
            + " \"$0\")/version\")\"; exit; }\n"
            + script
            + "\n");
    return this;
  }

  /** The real pg_restore beside that pg_dump. */
  public StandIns realRestore(Path realDump) {
    return restore("exec '" + realDump.resolveSibling("pg_restore") + "' \"$@\"");
  }

  /** What to give as parameter {@code pgDump}. */
  public String pgDump() {
    return directory.resolve("pg_dump").toString();
  }

  private void write(String name, String text) {
    try {
      Path file = directory.resolve(name);
      Files.writeString(file, text);
      if (!file.toFile().setExecutable(true)) {
        throw new IllegalStateException("cannot make " + file + " a program");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
